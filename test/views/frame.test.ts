// The dashboard's frames: never wider or higher than the terminal, and what matters most is on them at every size.
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { SlotView, StationView } from '../../src/station/read-model.ts';
import { coloursWanted } from '../../src/views/dashboard/ansi.ts';
import { type FrameOptions, layoutFor, renderFrame } from '../../src/views/dashboard/frame.ts';
import { clipText, textWidth } from '../../src/views/dashboard/line.ts';
import { veiledView } from '../../src/views/dashboard/veil.ts';
import { verdictLook } from '../../src/views/dashboard/verdict-look.ts';
import type { Language } from '../../src/views/words/language.ts';
import { screenWords } from '../../src/views/words/screen-words.ts';
import { phaseWords, promptWords, stateWords } from '../../src/views/words/state-words.ts';
import { anEvent, aRack, aSlot, aView, slotThat } from './station-view.ts';

const standard: FrameOptions = { columns: 80, rows: 24, lang: 'en', selectedSlot: 1, colour: false };
const frame = (view: StationView, options: Partial<FrameOptions> = {}) => renderFrame(view, { ...standard, ...options });

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
];
const cases = sizes.flatMap((size) =>
  [1, 8, 32, 64].flatMap((slots) => (['en', 'zh'] as const).map((lang) => ({ ...size, slots, lang }))),
);

function fits(lines: readonly string[], columns: number, rows: number): void {
  expect(lines.length).toBeLessThanOrEqual(rows - 1);
  expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
  expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
}

const wide = (slot: SlotView): SlotView => ({
  ...slot,
  model: '移远通信模块型号EC800E',
  sn: '序列号'.repeat(30),
  imei: null,
  step: '写入👩‍👩‍👧固件',
});

/** The frames of every page, each with the slot that leads to it. */
function pages(view: StationView, options: Partial<FrameOptions>): string {
  const all = { ...standard, ...options };
  const { perPage, pages: count } = layoutFor(view, all, all.lang);
  return Array.from({ length: count }, (_, page) =>
    frame(view, { ...options, selectedSlot: page * perPage + 1 }).join('\n'),
  ).join('\n');
}

const hazard: Record<Language, string> = { en: 'DO NOT UNPLUG', zh: '禁止拔出' };

describe.each(cases)('a frame of $columns x $rows with $slots slots in $lang', ({ columns, rows, slots, lang }) => {
  it.each([true, false])('fits the terminal with plain and wide text (colour: %s)', (colour) => {
    for (const rack of [aRack(slots), aRack(slots).map(wide)]) {
      for (const selectedSlot of [1, slots, null, 999])
        fits(frame(aView(rack), { columns, rows, lang, selectedSlot, colour }), columns, rows);
    }
  });

  it('fits while the station is faulted and draining', () => {
    const fault = { code: 'record-not-writable', step: 'recording', detail: 'ENOSPC' } as const;
    fits(frame(aView(aRack(slots).map(wide), { fault, phase: 'draining' }), { columns, rows, lang }), columns, rows);
  });

  it('shows every slot with its verdict, or that it must not be unplugged, on one of its pages', () => {
    const rack = aRack(slots);
    const shown = pages(aView(rack), { columns, rows, lang });
    for (const slot of rack) {
      const number = String(slot.number).padStart(2, '0');
      const word = slot.beingWritten ? hazard[lang] : (slot.verdict ?? '');
      expect(shown).toMatch(new RegExp(`[ >]${number} [^\\n]*${word}`));
    }
  });

  it('names the slots being written on every page, also those of other pages', () => {
    const rack = Array.from({ length: slots }, (_, index) =>
      index === slots - 1 ? slotThat.isWritten(slots) : aSlot(index + 1),
    );
    const first = frame(aView(rack), { columns, rows, lang, selectedSlot: 1 }).filter((line) => line.includes(hazard[lang]));
    expect(first.join('\n')).toContain(String(slots));
  });

  it('has one mark of danger for each slot being written', () => {
    const rack = Array.from({ length: slots }, (_, index) => slotThat.isWritten(index + 1));
    const { perPage, pages: count } = layoutFor(aView(rack), { columns, rows }, lang);
    const marks = frame(aView(rack), { columns, rows, lang }).join('\n').split(hazard[lang]).length - 1;
    expect(marks).toBe(count === 1 ? slots : perPage + 1);
  });
});

it('shows the board that an interrupted job left in a locked slot: unit, step, and what to do', () => {
  const failure = { code: 'process-killed', step: 'write-ap' } as const;
  const locked = aSlot(5, {
    state: 'locked',
    prompt: { kind: 'checkBoard' },
    imei: '860000000000001',
    step: 'write-ap',
    failure,
  });
  for (const [lang, words] of [
    ['en', ['Locked', 'Look at the board', 'write ap', 'killed']],
    ['zh', ['已锁定', '请检查模块', '写入 ap', '强制结束']],
  ] as const) {
    const text = renderFrame(aView([locked]), { columns: 160, rows: 30, lang, selectedSlot: 5, colour: false }).join('\n');
    for (const word of ['860000000000001', ...words]) expect(text).toContain(word);
  }
});

it('shows the age of each outbox, and late records as an alert with what is in the way', () => {
  const outboxes = [
    { name: 'mes', ageMs: 754_000, trouble: 'connect ECONNREFUSED', demand: 'warn' },
    { name: 'db', ageMs: 0, trouble: null, demand: 'none' },
  ] as const;
  const frame = (lang: 'en' | 'zh') =>
    renderFrame(aView([slotThat.isEmpty(1)], { outboxes }), { columns: 140, rows: 30, lang, selectedSlot: null, colour: false });
  expect(frame('en').join('\n')).toContain('outbox mes 12:34');
  expect(frame('en').join('\n')).toContain('outbox db 0:00');
  expect(frame('en').join('\n')).toContain('Records wait for delivery: mes 12:34 connect ECONNREFUSED');
  expect(frame('zh').join('\n')).toContain('记录等待送达：');
});

describe('a frame', () => {
  it.each(cases)('is the golden one at $columns x $rows with $slots slots in $lang', async ({ columns, rows, slots, lang }) => {
    const lines = frame(aView(aRack(slots)), { columns, rows, lang, selectedSlot: 2 });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`frames/${columns}x${rows}-${slots}-${lang}.txt`);
  });

  it('survives any size of terminal', () => {
    for (const columns of [1, 4, 10, 21, 40, 59, 60, 61, 79])
      for (const rows of [1, 2, 5, 9, 13, 24])
        for (const lang of ['en', 'zh'] as const)
          for (const screen of ['rack', 'help'] as const)
            fits(frame(aView(aRack(9)), { columns, rows, lang, screen }), columns, Math.max(rows, 1));
  });

  it('keeps DO NOT UNPLUG whole on a narrow terminal', () => {
    for (const columns of [20, 30, 45, 59, 60, 70]) {
      expect(frame(aView([slotThat.isWritten(1)]), { columns }).join('\n')).toContain('DO NOT UNPLUG');
    }
  });

  it('shows no PASS whose record is not safe yet', () => {
    const slot = { ...slotThat.passed(1), recordId: null, state: 'recording' as const };
    const shown = frame(aView([slot], { counts: { PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0 } })).slice(2);
    expect(shown.join('\n')).not.toContain('PASS');
    expect(shown.join('\n')).toContain('Saving record');
  });

  it('shows a slot being written as such whatever its state says', () => {
    const slot = { ...slotThat.passed(1), beingWritten: true };
    expect(frame(aView([slot])).join('\n')).toContain('DO NOT UNPLUG');
  });

  it('colours a PASS green and a FAIL red, and nothing under NO_COLOR', () => {
    const view = aView([slotThat.passed(1), slotThat.failed(2)]);
    const coloured = frame(view, { colour: true }).join('\n');
    expect(coloured).toContain('\u001b[1;32m✓ PASS\u001b[0m');
    expect(coloured).toContain('\u001b[1;31m✗ FAIL\u001b[0m');
    expect(frame(view, { colour: false }).join('\n')).not.toContain('\u001b');
    expect([coloursWanted({}), coloursWanted({ NO_COLOR: '1' }), coloursWanted({ NO_COLOR: '' })]).toEqual([true, false, true]);
  });

  it('counts the window down and gives bytes, share and rate of a write', () => {
    expect(frame(aView([slotThat.isInWindow(1)])).join('\n')).toContain('window 7.2 s');
    expect(frame(aView([slotThat.isInWindow(1)], { nowMs: 99_000 })).join('\n')).toContain('window 0.0 s');
    expect(frame(aView([slotThat.isWritten(1)])).join('\n')).toMatch(/43% {2}64kB\/s[\s\S]*1\.20\/2\.80 MB/);
  });

  it('gives the carrier’s own step in the chosen language, at every size', () => {
    for (const slots of [1, 8, 32, 64]) {
      const rack = Array.from({ length: slots }, (_, index) => slotThat.waitsForBoot(index + 1));
      expect(frame(aView(rack)).join('\n')).toContain('Bridge IO19 to GND, then power on');
      expect(frame(aView(rack), { lang: 'zh' }).join('\n')).toContain('将 IO19 短接到 GND 后上电');
    }
  });

  it('shows a prompt of the restart, after all bytes were written, at every size', () => {
    const all = { bytesDone: 2_800_000, bytesTotal: 2_800_000, beingWritten: false };
    const slot = { ...slotThat.isWritten(1), ...all, state: 'restarting', prompt: { kind: 'releaseStrap' } } as const;
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 100, rows: 9 },
      { columns: 40, rows: 24 },
    ])
      expect(frame(aView([slot]), size).join('\n')).toContain('Release BOOT');
  });

  it('says what a station fault means and what to do', () => {
    const fault = { code: 'record-not-writable', step: 'recording' } as const;
    const shown = frame(aView(aRack(8), { fault, phase: 'faulted' })).join('\n');
    expect(shown).toMatch(/FAULT[\s\S]*Station fault: Records cannot be saved/);
  });

  it('names the slots a drain waits for', () => {
    const shown = frame(aView([slotThat.isWritten(1), slotThat.isEmpty(2), slotThat.isWritten(3)], { phase: 'draining' }));
    expect(shown.find((line) => line.includes('Stopping'))).toMatch(/DO NOT UNPLUG.*1 3/);
  });

  it('never passes a device’s escape sequence or newline on', () => {
    const evil = '\u001b[2J\u009b2J\n\u202eX';
    const slot: Partial<SlotView> = {
      model: evil,
      imei: evil,
      sn: evil,
      revision: evil,
      step: evil,
      usbPath: evil,
      recordId: evil,
    };
    const failure = { code: 'device-error', step: evil, expected: evil, actual: evil, address: evil } as const;
    const rack = [
      { ...slotThat.isWritten(1), ...slot },
      { ...slotThat.failed(2), ...slot, failure },
      { ...slotThat.passed(3), ...slot },
    ];
    const events = [anEvent(1, { type: 'note.added', text: evil }), anEvent(1, { type: 'step.started', step: evil })];
    const session = { ...aView(rack).session, operator: evil, shift: evil, workOrder: evil, lot: evil, job: evil };
    const view = aView(rack, { events, fault: failure, session });
    for (const selectedSlot of [1, 2, 3]) {
      const shown = frame(view, { selectedSlot, bottom: evil }).join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(frame(view, { selectedSlot, bottom: evil, colour: true }).join('')).not.toContain('\u001b[2J');
    }
  });
});

describe('the help', () => {
  const helpText = (lang: Language, columns: number, rows: number) => {
    const page = (helpPage: number) => frame(aView(aRack(8)), { columns, rows, lang, screen: 'help', helpPage });
    const count = Number(/1\/(\d)/.exec(page(0)[0] ?? '')?.[1] ?? 1);
    const pages = Array.from({ length: count }, (_, index) => page(index));
    for (const each of pages) fits(each, columns, rows);
    return pages.map((lines) => lines.join('\n')).join('\n');
  };

  it.each(sizes)(
    'explains every key, verdict, sign, state and request at $columns x $rows, and cuts nothing off',
    ({ columns, rows }) => {
      for (const lang of ['en', 'zh'] as const) {
        const shown = helpText(lang, columns, rows);
        const words = screenWords[lang];
        const terms = [...words.keys, ...words.signs, ...words.scans].map(([term]) => term);
        const names = [stateWords[lang], promptWords[lang]].flatMap((each) =>
          Object.values<{ name: string }>(each).map(({ name }) => name),
        );
        names.push(
          ...Object.values(phaseWords[lang]),
          ...Object.entries(verdictLook).map(([verdict, { symbol }]) => `${symbol} ${verdict}`),
        );
        expect([...terms, ...names].filter((term) => !shown.includes(`  ${term} `))).toEqual([]);
        expect(shown).not.toContain('~');
      }
    },
  );
});

describe('a screen that strangers can see', () => {
  it('shows no whole IMEI, in rows, cards and events alike', () => {
    const imei = '861234567890127';
    const failure = { code: 'swapped', step: 'identifying', expected: imei, actual: '490154203237518' } as const;
    const slots = [...aRack(6), { ...slotThat.failed(7), failure }];
    const open = frame(aView(slots), { selectedSlot: 7 }).join('\n');
    const masked = frame(veiledView(aView(slots), 24), { selectedSlot: 7 }).join('\n');
    expect(open).toMatch(/\d{15}/);
    expect(masked).not.toMatch(/(?<!\w)\d{12}/);
    expect(masked).toContain('***********0127');
    expect(masked.split('\n').map(textWidth)).toEqual(open.split('\n').map(textWidth));
  });
});

describe('clipping', () => {
  it('measures every character as the terminal library does', () => {
    const wrong: string[] = [];
    for (let unit = 0x20; unit < 0x10000; unit++) {
      const character = String.fromCharCode(unit);
      if (/[\x20-\x7e\u2000-\u9fff\uff00-\uffff]/.test(character) && textWidth(character) !== stringWidth(character))
        wrong.push(character);
    }
    expect(wrong).toEqual([]);
    expect(textWidth('模块 ✓ PASS')).toBe(11);
  });

  it('counts display columns and never cuts a wide character in two', () => {
    expect(clipText('模块型号', 5)).toBe('模块~');
    expect(clipText('模块型号', 6)).toBe('模块~');
    expect(clipText('模块', 4)).toBe('模块');
    expect(clipText('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301~');
    expect(clipText('abc', 0)).toBe('');
  });
});
