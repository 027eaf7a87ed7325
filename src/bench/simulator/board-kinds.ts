// Every model the simulator can be, by name. Adding a platform's boards is lines here. Knows no rack.
import { fault } from '../../domain/failure.ts';
import type { Clock } from '../clock.ts';
import { AsrBoard } from './asr/asr-board.ts';
import type { AsrHabits } from './asr/habits.ts';
import { asrModels } from './asr/models.ts';
import type { AtOptions } from './at-modem.ts';
import type { BoardIdentity, SimulatedBoard } from './board.ts';
import { EigencommBoard } from './eigencomm/eigencomm-board.ts';
import type { BoardFault, OnStrike } from './faults.ts';
import { createRandom, drawIdentity } from './random.ts';
import type { TimeModel } from './time-model.ts';
import type { UnisocBoardOptions } from './unisoc/board-options.ts';
import { UnisocBoard } from './unisoc/unisoc-board.ts';

export interface BoardOrder {
  readonly clock: Clock;
  readonly seed: number;
  /** Of download mode; null: it waits for ever. Each kind has its own default. */
  readonly lapseMs?: number | null;
  readonly time?: TimeModel;
  readonly faults?: readonly BoardFault[];
  readonly onStrike?: OnStrike;
  /** How its AT dialogue differs from the usual one. */
  readonly at?: Partial<AtOptions>;
  /** Where an ASR board differs from its model: boot ROM version, MTU, NOR chip and the like. Of no meaning to other boards. */
  readonly asr?: Partial<AsrHabits>;
  /** What is wrong with a UNISOC board's NV or file systems. Of no meaning to other boards. */
  readonly unisoc?: Pick<UnisocBoardOptions, 'nv' | 'damagedFileSystems'>;
}

interface BoardKind {
  /** Of the factory image it comes with. */
  readonly factoryRevision: string;
  readonly build: (options: BoardOrder & { readonly identity: BoardIdentity }) => SimulatedBoard;
}

const eigencomm: BoardKind['build'] = (options) => new EigencommBoard(options);
const unisoc: BoardKind['build'] = ({ unisoc: trouble, ...options }) => new UnisocBoard({ ...options, ...trouble });
const asr: BoardKind['build'] = ({ asr: habits, ...options }) => new AsrBoard({ ...options, ...(habits && { habits }) });

const kinds: Readonly<Record<string, BoardKind>> = {
  EC600E: { factoryRevision: 'EC600ECNLCR01A02M08_OCPU_QPY', build: eigencomm },
  EC800E: { factoryRevision: 'EC800ECNLCR01A03M08_OCPU_QPY', build: eigencomm },
  EC801E: { factoryRevision: 'EC801ECNCGR03A02M02_OCPU_QPY', build: eigencomm },
  EC200U: { factoryRevision: 'EC200UCNAAR02A02M08_OCPU_QPY', build: unisoc },
  EC600U: { factoryRevision: 'EC600UCNLBR02A05M08_OCPU_QPY', build: unisoc },
  EC600G: { factoryRevision: 'EC600GCNLAR01A06M08_OCPU_QPY', build: unisoc },
  EC800G: { factoryRevision: 'EC800GCNGAR01A04M08_OCPU_QPY', build: unisoc },
  ...Object.fromEntries(
    Object.entries(asrModels).map(([model, { revision }]) => [model, { factoryRevision: revision, build: asr }]),
  ),
};

/** A new board out of the box, without power. Throws `station-file-invalid` for a model that the simulator cannot be. */
export function buildBoard(model: string, order: BoardOrder): SimulatedBoard {
  const { factoryRevision } = kindOf(model);
  return buildBoardAs(drawIdentity(createRandom(order.seed).fork('identity'), model, factoryRevision), order);
}

/** The same, with an identity and a factory revision of the caller's. */
export function buildBoardAs(identity: BoardIdentity, order: BoardOrder): SimulatedBoard {
  return kindOf(identity.model).build({ ...order, identity });
}

export const factoryRevisionOf = (model: string): string => kindOf(model).factoryRevision;

function kindOf(model: string): BoardKind {
  const kind = Object.hasOwn(kinds, model) ? kinds[model] : undefined;
  if (kind !== undefined) return kind;
  throw fault('station-file-invalid', 'simulated board', { expected: Object.keys(kinds).join(' or '), actual: model });
}
