// Cuts and restores the power of a slot. Knows neither hub nor rack.
import type { PowerProof } from '../domain/slot.ts';

export interface PowerSwitch {
  /** `command`: the station can do it. `prompt`: a person must; the slot machine shows the carrier's steps and waits. */
  readonly kind: 'command' | 'prompt';
  /** Off, wait, on. Rejects `power-switch-failed`, also where the board stayed on the bus. Never called where `kind` is `prompt`. */
  cycle(usbPath: string, signal?: AbortSignal): Promise<PowerProof>;
}

/** A rack without switching: the operator is the switch. */
export const promptPowerSwitch: PowerSwitch = {
  kind: 'prompt',
  cycle: () => Promise.reject(new Error('a person switches this slot')),
};
