// A supervisor's code as the station file keeps it: salted and hashed by scrypt, slow enough that a stolen file gives no code away soon.
// Knows no rule and no screen.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { SupervisorSettings } from '../config/oversight-fields.ts';

/** 32 MiB and about a tenth of a second for each guess. Changing them makes every code in every station file wrong. */
const parameters = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 } as const;
const hashBytes = 32;
const saltBytes = 16;

export const leastCodeLength = 6;

export async function hashCode(name: string, code: string): Promise<SupervisorSettings> {
  const salt = randomBytes(saltBytes);
  return { name, salt: salt.toString('hex'), hash: (await derive(code, salt)).toString('hex') };
}

export async function codeMatches(code: string, { salt, hash }: SupervisorSettings): Promise<boolean> {
  return timingSafeEqual(await derive(code, Buffer.from(salt, 'hex')), Buffer.from(hash, 'hex'));
}

/** Composed and decomposed letters look the same to whoever types them. */
const derive = (code: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(code.normalize('NFC'), salt, hashBytes, parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
