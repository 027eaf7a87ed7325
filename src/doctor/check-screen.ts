// Whether the dashboard can be drawn here, in both languages. Knows no view.
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Check } from './check.ts';

const least = { columns: 80, rows: 24 };

export const checkScreen: Check = (machine) => {
  const found: Diagnosis[] = [];
  const { terminal } = machine;
  if (terminal !== null) {
    const term = machine.env('TERM') ?? '';
    if (term === '' || term === 'dumb') found.push({ code: 'terminal-dumb', facts: { term } });
    if (terminal.columns < least.columns || terminal.rows < least.rows)
      found.push({ code: 'terminal-small', facts: { columns: terminal.columns, rows: terminal.rows } });
  }
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG'].map((name) => machine.env(name)).find((value) => value) ?? '';
  if (!/utf-?8$/i.test(locale.split('@')[0] ?? '')) found.push({ code: 'locale-not-utf8', facts: { locale } });
  return Promise.resolve(found);
};
