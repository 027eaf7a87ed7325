// Encoders, decoders and checks on one core, in MB per second of its time, and package reading. Knows no station.
import { createHash } from 'node:crypto';
import { madeUpBytes } from '../../src/bench/simulator/demo-package/xorshift.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { encodeRequest } from '../../src/flashers/eigencomm/frames.ts';
import { crc16Xmodem } from '../../src/framing/crc16.ts';
import { crc32 } from '../../src/framing/crc32.ts';
import { crc16XmodemCheck, HdlcDecoder, HdlcEncoder, sum16Check } from '../../src/framing/hdlc.ts';
import { SmuxDecoder, SmuxEncoder } from '../../src/framing/smux.ts';
import { packageFor } from './rack-work.ts';
import { median } from './statistics.ts';

export interface Speed {
  readonly name: string;
  readonly value: number;
  readonly unit: 'MB/s' | 'ms';
}

const chunkBytes = 0x800;
const smuxBytes = 1024;
const roundMs = 120;

/** Of this process, its compiler and collector threads included: on a busy computer the wall clock counts the others' work too. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Of work that takes `bytes` at each call, per second of CPU time, after a warm-up of one round. */
function speed(name: string, bytes: number, work: () => void, runs: number): Speed {
  const round = (): number => {
    const began = cpuMs();
    let done = 0;
    do {
      for (let call = 0; call < 16; call++) work();
      done += 16 * bytes;
    } while (cpuMs() - began < roundMs);
    return done / 1e3 / (cpuMs() - began);
  };
  round();
  return { name, value: median(Array.from({ length: runs }, round)), unit: 'MB/s' };
}

export async function codecSpeeds(runs: number): Promise<readonly Speed[]> {
  const data = madeUpBytes('codecs', chunkBytes);
  const small = madeUpBytes('smux', smuxBytes);
  const block = madeUpBytes('agent', 0x10000);
  const sum = new HdlcEncoder(sum16Check, chunkBytes);
  const crc = new HdlcEncoder(crc16XmodemCheck, chunkBytes);
  const smux = new SmuxEncoder(smuxBytes);
  const sumFrame = Uint8Array.from(sum.encode(1, data));
  const smuxFrame = Uint8Array.from(smux.encode('ABOOT_DATA', small));
  const sumDecoder = new HdlcDecoder(sum16Check, chunkBytes);
  const smuxDecoder = new SmuxDecoder(smuxBytes);
  return [
    speed('encode HDLC + sum16', chunkBytes, () => sum.encode(1, data), runs),
    speed('encode HDLC + CRC-16', chunkBytes, () => crc.encode(1, data), runs),
    speed('encode SMUX', smuxBytes, () => smux.encode('ABOOT_DATA', small), runs),
    speed(
      'encode Eigencomm agent block',
      block.length,
      () => encodeRequest({ stage: 'AGBOOT', command: 'DOWNLOAD_DATA', index: 0, block }),
      runs,
    ),
    speed(
      'encode Eigencomm ROM block',
      block.length,
      () => encodeRequest({ stage: 'DLBOOT', command: 'DOWNLOAD_DATA', index: 0, block }),
      runs,
    ),
    speed('decode HDLC + sum16', chunkBytes, () => sumDecoder.push(sumFrame), runs),
    speed('decode SMUX', smuxBytes, () => smuxDecoder.push(smuxFrame), runs),
    speed('CRC-16', chunkBytes, () => crc16Xmodem(data), runs),
    speed('CRC-32', block.length, () => crc32(block), runs),
    ...(await packageSpeeds(runs)),
  ];
}

/** Two of the largest UNISOC releases in a row come to some 8 MB with what the zip holds; told per 8 MB. */
async function packageSpeeds(runs: number): Promise<readonly Speed[]> {
  const release = packageFor('EC800N', 0x359000);
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const began = performance.now();
    createHash('sha256').update(release).digest();
    await readPackage(release, 'release.bin');
    times.push((performance.now() - began) * (8e6 / release.length));
  }
  return [{ name: 'read, check and hash a package, per 8 MB', value: median(times.slice(1)), unit: 'ms' }];
}
