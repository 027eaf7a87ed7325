// The Ink component: draws `renderFrame` at most five times a second and hands each key to `press`. Knows no layout and no key.
// Load it only by a dynamic import: Ink costs half a second (toolchain facts, section 3).
import { Text, useInput, useStdin, useWindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';
import type { StationConsole } from '../../station/read-model.ts';
import { eventText } from '../words/event-words.ts';
import type { Language } from '../words/language.ts';
import { createBell } from './bell.ts';
import { firstChoice } from './choice.ts';
import { layoutFor, renderFrame } from './frame.ts';
import { bottomOf, carryOut, press } from './keys.ts';
import { veiled, veiledView } from './veil.ts';

/** Between two looks at the read model. */
export const drawIntervalMs = 200;

export interface DashboardProps {
  readonly station: StationConsole;
  readonly lang: Language;
  readonly colour: boolean;
  /** Default: on; a key switches it. */
  readonly bell?: boolean;
  readonly maskImei?: boolean;
  readonly ring?: () => void;
}

export function Dashboard({ station, lang, colour, bell = true, maskImei = false, ring }: DashboardProps) {
  const size = useWindowSize();
  const [view, setView] = useState(() => station.view());
  const [choice, setChoice] = useState(() => firstChoice(view, lang, bell));
  // Two keys of one chunk come before the next drawing: each must find the choice the other made.
  const latest = useRef(choice);
  /** What a key's command threw: thrown again in drawing, where it ends the dashboard and not the process. */
  const [defect, setDefect] = useState<Error | null>(null);
  const { isRawModeSupported } = useStdin();

  useEffect(() => {
    const isCall = createBell();
    let isCalled = false;
    const unsubscribe = station.subscribe((line) => {
      isCalled = isCall(line) || isCalled;
      if (line.event.type === 'scan.taken' || line.event.type === 'scan.refused') {
        latest.current = { ...latest.current, notice: eventText(line.event, latest.current.lang) };
        setChoice(latest.current);
      }
    });
    const timer = setInterval(() => {
      // As an updater: what `view` throws is then thrown in drawing, which ends the dashboard and not the process.
      setView(() => station.view());
      if (isCalled && latest.current.bell) ring?.();
      isCalled = false;
    }, drawIntervalMs);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }, [station, ring]);

  useInput(
    (input, key) => {
      try {
        const now = station.view();
        const { choice: next, asked } = press(latest.current, input, key, now, layoutFor(now, size, latest.current.lang));
        latest.current = next;
        carryOut(asked, station.commands);
        setChoice(latest.current);
      } catch (thrown) {
        setDefect(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    },
    { isActive: isRawModeSupported },
  );

  if (defect) throw defect;
  const bottom = bottomOf(choice);
  const shown = maskImei ? veiledView(view, size.rows) : view;
  const lines = renderFrame(shown, { ...size, ...choice, colour, bottom: bottom && maskImei ? veiled(bottom) : bottom });
  // One text and not one per line: laying out sixty of them costs more than drawing them.
  return <Text wrap="truncate-end">{lines.map((line) => (line === '' ? ' ' : line)).join('\n')}</Text>;
}
