// What passes between the station's thread and the screen's: the read model and its facts one way, commands the other. Plain values only.
import type { EventLine, StationCommands, StationView } from '../../station/read-model.ts';
import type { Language } from '../words/language.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** How the screen's thread starts. */
export interface ScreenStart {
  readonly lang: Language;
  readonly bell: boolean;
  readonly maskImei: boolean;
  readonly size: TerminalSize;
  readonly view: StationView;
}

export type ToScreen =
  /** `view` without its events: they are the lines told so far. */
  | { readonly type: 'view'; readonly view: StationView; readonly lines: readonly EventLine[] }
  | { readonly type: 'size'; readonly size: TerminalSize }
  | { readonly type: 'stop' };

export type FromScreen =
  | { [K in keyof StationCommands]: { readonly type: K; readonly given: Parameters<StationCommands[K]> } }[keyof StationCommands]
  /** Nothing more is drawn; the reason's text, or null after `stop`. */
  | { readonly type: 'ended'; readonly reason: string | null };
