// Every model the simulator can be, by name. Adding a platform's boards is lines here. Knows no rack.
import { fault } from '../../domain/failure.ts';
import type { Clock } from '../clock.ts';
import type { SimulatedBoard } from './board.ts';
import { EigencommBoard } from './eigencomm/eigencomm-board.ts';
import { createRandom, drawIdentity } from './random.ts';

export interface BoardOrder {
  readonly clock: Clock;
  readonly seed: number;
  readonly lapseMs: number | null;
}

/** Model → the revision of the factory image it comes with. */
const factoryRevisions: Readonly<Record<string, string>> = {
  EC600E: 'EC600ECNLCR01A02M08_OCPU_QPY',
  EC800E: 'EC800ECNLCR01A03M08_OCPU_QPY',
};

/** A new board out of the box, without power. Throws `station-file-invalid` for a model that the simulator cannot be. */
export function buildBoard(model: string, { clock, seed, lapseMs }: BoardOrder): SimulatedBoard {
  const revision = Object.hasOwn(factoryRevisions, model) ? factoryRevisions[model] : undefined;
  if (revision === undefined) {
    throw fault('station-file-invalid', 'simulated board', {
      expected: Object.keys(factoryRevisions).join(' or '),
      actual: model,
    });
  }
  const identity = drawIdentity(createRandom(seed).fork('identity'), model, revision);
  return new EigencommBoard({ clock, identity, seed, lapseMs });
}
