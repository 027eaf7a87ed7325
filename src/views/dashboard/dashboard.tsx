// The Ink component: draws `renderFrame` at most five times a second and hands each key to `press`. Knows no layout and no key.
// Load it only by a dynamic import: Ink costs half a second (toolchain facts, section 3).
import { Box, Text, useInput, useStdin, useWindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';
import type { StationConsole } from '../../station/read-model.ts';
import type { Language } from '../words/language.ts';
import { layoutFor, renderFrame } from './frame.ts';
import { bottomOf, carryOut, firstChoice, press } from './keys.ts';

/** Between two looks at the read model. */
export const drawIntervalMs = 200;

export interface DashboardProps {
  readonly station: StationConsole;
  readonly lang: Language;
  readonly colour: boolean;
}

export function Dashboard({ station, lang, colour }: DashboardProps) {
  const size = useWindowSize();
  const [view, setView] = useState(() => station.view());
  const [choice, setChoice] = useState(() => firstChoice(view, lang));
  // Two keys of one chunk come before the next drawing: each must find the choice the other made.
  const latest = useRef(choice);
  /** What a key's command threw: thrown again in drawing, where it ends the dashboard and not the process. */
  const [defect, setDefect] = useState<Error | null>(null);
  const { isRawModeSupported } = useStdin();

  useEffect(() => {
    // As an updater: what `view` throws is then thrown in drawing, which ends the dashboard and not the process.
    const timer = setInterval(() => setView(() => station.view()), drawIntervalMs);
    return () => clearInterval(timer);
  }, [station]);

  useInput(
    (input, key) => {
      try {
        const now = station.view();
        const { choice: next, asked } = press(latest.current, input, key, now, layoutFor(now, size, latest.current.lang));
        latest.current = next;
        setChoice(next);
        carryOut(asked, station.commands);
      } catch (thrown) {
        setDefect(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    },
    { isActive: isRawModeSupported },
  );

  if (defect) throw defect;
  const lines = renderFrame(view, { ...size, ...choice, colour, bottom: bottomOf(choice) });
  const rows = lines.map((text, row) => ({ key: `row${row}`, text: text === '' ? ' ' : text }));
  return (
    <Box flexDirection="column">
      {rows.map(({ key, text }) => (
        <Text key={key} wrap="truncate-end">
          {text}
        </Text>
      ))}
    </Box>
  );
}
