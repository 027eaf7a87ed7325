// The wires of a campaign's slots, where messages are lost, doubled, damaged or refused. Knows no protocol: a message is what one end
// hands over at a time, which is a whole reply of a board and at most one burst of the host.
import { disturbed } from '../../src/bench/simulator/faults.ts';
import type { TappedBytes } from '../../src/bench/simulator/virtual-rack.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import type { WireEffect } from './campaign-script.ts';

export interface WiresOptions {
  readonly slotAt: (usbPath: string) => number;
  readonly stateOf: (slot: number) => SlotState;
  /** The device at the slot speaks AT. */
  readonly isNormal: (slot: number) => boolean;
  readonly struck: (effect: WireEffect['kind'], slot: number) => void;
  readonly crossed: (direction: TappedBytes['direction'], slot: number) => void;
}

export interface Wires {
  /** From now on, as long as the slot is in the state that it is in now. */
  arm(slot: number, effect: WireEffect): void;
  /** Another enumeration: what is armed is over. */
  clear(slot: number): void;
  disturb(sent: TappedBytes): readonly Uint8Array[];
}

interface Armed {
  readonly effect: WireEffect;
  readonly state: SlotState;
  seen: number;
}

const refusal = new TextEncoder().encode('\r\nERROR\r\n');

export function createWires({ slotAt, stateOf, isNormal, struck, crossed }: WiresOptions): Wires {
  const armed = new Map<number, Armed>();

  /** What arrives of a reply, or null when this effect is for another message. */
  const changed = (effect: WireEffect, slot: number, bytes: Uint8Array): readonly Uint8Array[] | null => {
    switch (effect.kind) {
      case 'stall':
      case 'corruptRequest':
        return null;
      case 'refusal':
        return isNormal(slot) ? [refusal] : null;
      case 'dropReply':
      case 'duplicateReply':
      case 'corruptReply':
        return disturbed(effect.kind, bytes);
    }
  };

  /** Counts the messages that the effect is about; true for the one that it strikes. */
  const isTurn = (own: Armed, slot: number): boolean => {
    if (own.effect.kind === 'stall' || own.state !== stateOf(slot)) return false;
    own.seen += 1;
    return own.seen === own.effect.nth;
  };

  const strike = (own: Armed, slot: number, arriving: readonly Uint8Array[]): readonly Uint8Array[] => {
    armed.delete(slot);
    struck(own.effect.kind, slot);
    return arriving;
  };

  return {
    arm(slot, effect) {
      armed.set(slot, { effect, state: stateOf(slot), seen: 0 });
      if (effect.kind === 'stall') struck('stall', slot);
    },
    clear: (slot) => void armed.delete(slot),
    disturb({ usbPath, direction, bytes }) {
      const slot = slotAt(usbPath);
      crossed(direction, slot);
      const own = armed.get(slot);
      if (own === undefined) return [bytes];
      if (direction === 'toBoard') {
        if (own.effect.kind !== 'corruptRequest' || !isTurn(own, slot)) return [bytes];
        return strike(own, slot, disturbed('corruptReply', bytes));
      }
      if (own.effect.kind === 'stall') return [];
      const arriving = changed(own.effect, slot, bytes);
      return arriving !== null && isTurn(own, slot) ? strike(own, slot, arriving) : [bytes];
    },
  };
}
