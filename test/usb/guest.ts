// The guest as the host sees it: one QEMU process with an xHCI controller, hubs and places for boards, and the agent inside. Knows no flasher.
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GuestOrder, GuestWord } from './guest/agent.ts';
import type { GuestFiles } from './prepare.ts';

export interface GuestOptions {
  readonly files: GuestFiles;
  readonly project: string;
  /** Shared with the guest as `/run/work`; both may write. */
  readonly workFolder: string;
  /** For sockets; a path of at most 80 characters. */
  readonly runFolder: string;
  /** Hub port chains of the hubs, parents first. */
  readonly hubs: readonly string[];
  /** Hub port chain and socket of each place. */
  readonly places: readonly { readonly chain: string; readonly socketPath: string }[];
  /** Socket of the raw board's end, for the contract suite. */
  readonly peerPath: string;
  readonly onConsole: (line: string) => void;
}

export interface GuestProgram {
  /** What it printed so far, both streams. */
  readonly lines: readonly string[];
  readonly ended: Promise<number | null>;
  signal(signal: 'SIGTERM' | 'SIGINT'): void;
  use(): Promise<Extract<GuestWord, { type: 'used' }>>;
}

export interface Guest {
  readonly ready: Promise<void>;
  /** Rejects when QEMU ends although nobody stopped it. */
  readonly lost: Promise<never>;
  start(name: string, command: readonly string[], onLine: (text: string) => void): GuestProgram;
  shell(script: string): Promise<readonly string[]>;
  pace(): Promise<Extract<GuestWord, { type: 'paced' }>>;
  /** Pulls a hub with everything below it. */
  pullHub(chain: string): Promise<void>;
  stop(): void;
}

const hubId = (chain: string): string => `hub${chain.replaceAll('.', '_')}`;

export async function startGuest(options: GuestOptions): Promise<Guest> {
  const { runFolder } = options;
  const agentPath = join(runFolder, 'agent');
  const monitorPath = join(runFolder, 'qmp');
  rmSync(agentPath, { force: true });
  const words = new Map<string, (word: GuestWord) => void>();
  const ready = Promise.withResolvers<void>();
  let agent: Socket | null = null;
  const listening = createServer((socket) => {
    agent = socket;
    createInterface({ input: socket }).on('line', (line) => {
      const word = JSON.parse(line) as GuestWord;
      if (word.type === 'ready') ready.resolve();
      else words.get(word.name)?.(word);
    });
  });
  await new Promise<void>((resolve) => listening.listen(agentPath, resolve));
  const qemu = spawn('qemu-system-x86_64', qemuArguments(options, agentPath, monitorPath), { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [qemu.stdout, qemu.stderr]) createInterface({ input: stream }).on('line', options.onConsole);
  const lost = Promise.withResolvers<never>();
  qemu.on('exit', (code, signal) => lost.reject(new Error(`QEMU ended with ${code ?? signal}`)));
  lost.promise.catch(ready.reject);
  ready.promise.catch(() => undefined);

  const tell = (order: GuestOrder): void => void agent?.write(`${JSON.stringify(order)}\n`);
  let shells = 0;

  return {
    ready: ready.promise,
    lost: lost.promise,
    start(name, command, onLine) {
      const lines: string[] = [];
      const ended = Promise.withResolvers<number | null>();
      let used = Promise.withResolvers<Extract<GuestWord, { type: 'used' }>>();
      words.set(name, (word) => {
        if (word.type === 'line') {
          lines.push(word.text);
          onLine(word.text);
        }
        if (word.type === 'used') used.resolve(word);
        if (word.type === 'exit') ended.resolve(word.code);
      });
      tell({ type: 'start', name, command });
      return {
        lines,
        ended: ended.promise,
        signal: (signal) => tell({ type: 'signal', name, signal }),
        use() {
          used = Promise.withResolvers();
          tell({ type: 'use', name });
          return used.promise;
        },
      };
    },
    shell(script) {
      const name = `shell ${shells++}`;
      const lines: string[] = [];
      const ended = Promise.withResolvers<readonly string[]>();
      words.set(name, (word) => {
        if (word.type === 'line') lines.push(word.text);
        if (word.type === 'exit') ended.resolve(lines);
      });
      tell({ type: 'shell', name, script });
      return ended.promise;
    },
    pace() {
      const answer = Promise.withResolvers<Extract<GuestWord, { type: 'paced' }>>();
      words.set('pace', (word) => {
        if (word.type === 'paced') answer.resolve(word);
      });
      tell({ type: 'pace', name: 'pace' });
      return answer.promise;
    },
    pullHub: (chain) => monitor(monitorPath, { execute: 'device_del', arguments: { id: hubId(chain) } }),
    stop() {
      qemu.removeAllListeners('exit');
      kill(qemu);
      listening.close();
    },
  };
}

function kill(qemu: ChildProcess): void {
  if (qemu.exitCode === null) qemu.kill('SIGKILL');
}

/** One command on QEMU's control socket. */
function monitor(path: string, command: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let isGreeted = false;
    socket.once('error', reject);
    createInterface({ input: socket }).on('line', (line) => {
      const word = JSON.parse(line) as Record<string, unknown>;
      if ('QMP' in word) socket.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n`);
      else if ('return' in word && !isGreeted) {
        isGreeted = true;
        socket.write(`${JSON.stringify(command)}\n`);
      } else if ('return' in word) {
        socket.end();
        resolve();
      } else if ('error' in word) reject(new Error(line));
    });
  });
}

function qemuArguments(options: GuestOptions, agentPath: string, monitorPath: string): string[] {
  const { files, project, workFolder, hubs, places } = options;
  const nineP = (id: string, path: string, more: string): string[] => [
    '-fsdev',
    `local,id=${id},path=${path},security_model=none,multidevs=remap${more}`,
    '-device',
    `virtio-9p-pci,fsdev=${id},mount_tag=${id}`,
  ];
  return [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', files.kernel, '-initrd', files.initramfs],
    ...['-append', `console=ttyS0 quiet panic=-1 bench=${project} modules=${files.modulesRoot}`],
    ...nineP('hostroot', '/', ',readonly=on'),
    ...nineP('work', workFolder, ''),
    ...['-qmp', `unix:${monitorPath},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=agent,path=${agentPath}`],
    ...['-device', 'virtserialport,chardev=agent,name=agent'],
    ...['-chardev', `socket,id=peer,path=${options.peerPath}`, '-device', 'virtserialport,chardev=peer,name=peer'],
    ...['-device', 'qemu-xhci,id=xhci,p2=8,p3=4,addr=0x14'],
    ...hubs.flatMap((chain) => ['-device', `usb-hub,id=${hubId(chain)},bus=xhci.0,port=${chain}`]),
    ...places.flatMap(({ chain, socketPath }, index) => [
      ...['-chardev', `socket,id=place${index},path=${socketPath}`],
      ...['-device', `usb-redir,chardev=place${index},bus=xhci.0,port=${chain}`],
    ]),
  ];
}
