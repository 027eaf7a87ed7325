// What the host must do for boards that are plugged in later: udev rules, ModemManager kept off, ids that the option driver lacks.

import { join } from 'node:path';
import { systemRoot } from '../bench/hardware/usb-tree.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { UsbId } from '../domain/profile.ts';
import { type Check, type Subject, usbSlots } from './check.ts';
import type { Machine } from './machine.ts';

export const rulesPath = '/etc/udev/rules.d/70-flashrack.rules';
const newIdFile = join(systemRoot.sys, 'bus/usb-serial/drivers/option1/new_id');

export const checkUdev: Check = async (machine, subject) => {
  if (usbSlots(subject).length === 0) return [];
  const rules = await checkRules(machine, subject);
  const isRuled = rules.length === 0;
  return [...rules, ...(isRuled ? [] : await modemManager(machine)), ...(await optionIds(machine, normalIds(subject), isRuled))];
};

export async function checkRules(machine: Machine, { release }: Subject): Promise<readonly Diagnosis[]> {
  if (release.udevRules === null) return [];
  const installed = await machine.readText(rulesPath);
  if (installed === null) return [{ code: 'udev-rule-missing', facts: { path: rulesPath } }];
  return installed === release.udevRules ? [] : [{ code: 'udev-rule-differs', facts: { path: rulesPath } }];
}

/** Harmless where the rules tell it to leave the boards alone. */
async function modemManager(machine: Machine): Promise<readonly Diagnosis[]> {
  for (const pid of (await machine.list('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await machine.readText(join('/proc', pid, 'comm'));
    if (name?.trim() === 'ModemManager') return [{ code: 'modem-manager-running', facts: { pid: Number(pid) } }];
  }
  return [];
}

/** In normal mode the modules' serial interfaces are vendor-specific: without its id the option driver leaves them alone. */
async function optionIds(machine: Machine, ids: readonly string[], isRuled: boolean): Promise<readonly Diagnosis[]> {
  const answer = ids.length === 0 ? null : await machine.run('modinfo', ['-F', 'alias', 'option']);
  if (answer === null) return [];
  if (answer.exitCode !== 0) return [{ code: 'option-driver-absent', facts: { ids: ids.join(' ') } }];
  const known = answer.stdout.toLowerCase();
  const added = ((await machine.readText(newIdFile)) ?? '').toLowerCase();
  const missing = ids.filter((id) => {
    const [vendor = '', product = ''] = id.split(':');
    return !known.includes(`usb:v${vendor}p${product}`) && !added.includes(`${vendor} ${product}`);
  });
  // The rules add the ids as the boards appear.
  return missing.length === 0 || isRuled ? [] : [{ code: 'option-ids-missing', facts: { ids: missing.join(' ') } }];
}

function normalIds({ profiles }: Subject): readonly string[] {
  const ids = [...profiles.values()].flatMap(({ profile }) => profile.modes.normal.ids.map(idText));
  return [...new Set(ids)].sort();
}

const idText = ({ vendorId, productId }: UsbId): string =>
  [vendorId, productId].map((part) => part.toString(16).padStart(4, '0')).join(':');
