// What to do now: the most pressing thing first, whatever else the rack shows.
import { describe, expect, it } from 'vitest';
import type { SlotView, StationView } from '../../src/station/read-model.ts';
import { adviceFor } from '../../src/views/dashboard/advice.ts';
import { renderFrame } from '../../src/views/dashboard/frame.ts';
import { wrapText } from '../../src/views/dashboard/line.ts';
import { tasksOf } from '../../src/views/dashboard/tasks.ts';
import { ladder } from '../../src/views/words/task-words.ts';
import { aRack, aSlot, aView, slotThat } from './station-view.ts';

const titles = (slots: readonly SlotView[], facts: Partial<StationView> = {}) =>
  tasksOf(aView(slots, facts), 'en').map(({ title, slots: at }) => `${title} ${at.join(' ')}`.trim());

describe('what to do now', () => {
  it('is the hands that a running time waits for, then boards to take out, then slots to load', () => {
    expect(titles(aRack(8))).toEqual([
      'CLOSE BOOT 7',
      'TAKE OUT ✓ PASS 2',
      'TAKE OUT ✗ FAIL 3',
      'TAKE OUT ? UNKNOWN 4',
      'TAKE OUT - ABORTED 5',
      'PUT A BOARD IN 6',
    ]);
  });

  it('is the strap to be released before one to be closed, and the one with the least time left first', () => {
    const release = { kind: 'releaseStrap' } as const;
    const waits = (number: number, endsAtMs: number) => ({ ...slotThat.waitsForBoot(number), promptEndsAtMs: endsAtMs });
    const slots = [waits(1, 90_000), waits(2, 70_000), { ...waits(3, 99_000), state: 'restarting', prompt: release } as const];
    expect(titles(slots)).toEqual(['RELEASE BOOT 3', 'CLOSE BOOT 2', 'CLOSE BOOT 1']);
  });

  it('is the badge or the order where no board is entered before, and no slot asks for a board then', () => {
    const { session } = aView([]);
    const empty = [slotThat.isEmpty(1), slotThat.isEmpty(2)];
    const needing = (...needs: StationView['session']['needs']) => titles(empty, { session: { ...session, needs } });
    expect(needing('operator', 'workOrder')).toEqual(['SCAN YOUR BADGE']);
    expect(needing('workOrder')).toEqual(['SCAN THE ORDER']);
    expect(needing('nextOrder')).toEqual(['ORDER COMPLETE']);
    expect(needing()).toEqual(['PUT A BOARD IN 1 2']);
    expect(titles(empty, { session: { ...session, needs: ['nextOrder'], proposedQuantity: 50 } })).toEqual(['RELEASE QUANTITY']);
    expect(titles([slotThat.waitsForBoot(1)], { session: { ...session, needs: ['operator'] } })[0]).toBe('CLOSE BOOT 1');
  });

  it('gathers the slots that need the same thing', () => {
    expect(titles([slotThat.passed(1), slotThat.failed(2), slotThat.passed(3)])).toEqual([
      'TAKE OUT ✓ PASS 1 3',
      'TAKE OUT ✗ FAIL 2',
    ]);
  });

  it('never says that a board may be taken out while it is written or its record is not safe', () => {
    const unsafe = [slotThat.isWritten(1), { ...slotThat.passed(2), state: 'recording', recordId: null } as const];
    expect(titles(unsafe)).toEqual(['NOTHING TO DO']);
  });

  it('asks for no board while the station stops or is at fault', () => {
    const fault = { code: 'record-not-writable', step: 'recording' } as const;
    expect(titles([aSlot(1)], { phase: 'draining' })).toEqual(['NO NEW BOARDS']);
    const late = { name: 'mes', ageMs: 900_000, trouble: 'HTTP 503', demand: 'block' } as const;
    expect(titles([aSlot(1)], { outboxes: [late] })).toEqual(['NO NEW BOARDS']);
    expect(titles([aSlot(1)], { phase: 'faulted', fault })).toEqual(['STATION FAULT']);
  });

  it('counts down to the next free slot where there is nothing to do, and names what must not be touched', () => {
    const [wait] = tasksOf(aView([slotThat.isWritten(3)]), 'en');
    expect(wait).toMatchObject({ title: 'NOTHING TO DO', endsAtMs: 72_400 });
    expect(wait.step).toContain('being written: 3.');
  });

  it('stands on the screen with the carrier’s step and the seconds left', () => {
    const text = (lang: 'en' | 'zh', rows: number) =>
      renderFrame(aView([slotThat.waitsForBoot(7)]), { columns: 80, rows, lang, selectedSlot: 7, colour: false }).join('\n');
    // 42 in digits of five rows.
    expect(text('en', 24)).toContain('##  ##  ######\n');
    expect(text('en', 10)).toMatch(/CLOSE BOOT {3}slot 7 42 s Bridge IO19 to GND/);
    expect(text('zh', 10)).toMatch(/短接 BOOT {3}工位 7 42 s 将 IO19/);
  });
});

describe('the advice', () => {
  const adviceAfter = (failuresInARow: number) => adviceFor({ ...slotThat.aborted(1), failuresInARow }, 'en');

  it('is the failure’s own action at first, then one rung more each time, and the last one stays', () => {
    expect(adviceAfter(1)).toMatchObject({ rung: null, text: 'Power the board off and start it in download mode again.' });
    const rungs = Array.from({ length: 9 }, (_, index) => adviceAfter(index + 2)?.text);
    expect(rungs).toEqual([...ladder.en, ladder.en[6], ladder.en[6]]);
  });

  it('stands on the fault card with how often the board failed and how often the code came today', () => {
    const frame = renderFrame(aView([slotThat.aborted(1)]), {
      columns: 120,
      rows: 40,
      lang: 'en',
      selectedSlot: 1,
      colour: false,
    });
    expect(frame.join('\n')).toMatch(
      /window-missed {2}today 2x[\s\S]*DO: Bring the board into download mode.*failed 3 times, advice 2 of 7/,
    );
  });
});

describe('wrapping', () => {
  it('breaks Latin at spaces and Chinese anywhere, and says where something was cut off', () => {
    expect(wrapText('Bridge IO19 to GND', 11, 2)).toEqual(['Bridge IO19', 'to GND']);
    expect(wrapText('将 IO19 短接到 GND 后上电', 12, 3)).toEqual(['将 IO19 短接', '到 GND 后上', '电']);
    expect(wrapText('Bridge IO19 to GND', 11, 1)).toEqual(['Bridge IO1~']);
    expect(wrapText('', 11, 2)).toEqual(['']);
  });
});
