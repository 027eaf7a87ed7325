// `npm run report-pictures [folder]`: the HTML report of a made-up day, opened in headless Chromium in both languages, as pictures to look
// at. Needs the built program and Chromium; says so where it is missing.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBigJournal } from '../trace/big-journal.ts';

const [folder = mkdtempSync(join(tmpdir(), 'flashrack-pictures-'))] = process.argv.slice(2);
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => spawnSync(name, ['--version']).status === 0);
const main = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const journal = join(folder, 'logs', 'journal');

if (browser === undefined) {
  process.stderr.write('NO PICTURES: Chromium is not installed (apt-get install chromium)\n');
  process.exitCode = 2;
} else {
  const startWallMs = Date.UTC(2026, 10, 20, 23);
  writeBigJournal({ folder: journal, records: 900, recordsPerDay: 900, slots: 16, seed: 3, withJobs: true, startWallMs });
  for (const lang of ['en', 'zh']) {
    const page = join(folder, `report-${lang}.html`);
    const picture = join(folder, `report-${lang}.png`);
    const report = ['report', '--folder', journal, '--day', '2026-11-21', '--format', 'html', '--lang', lang, '--out', page];
    execFileSync(process.execPath, [main, ...report], { stdio: 'ignore' });
    const profile = join(folder, 'browser');
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--window-size=1100,2600'];
    const shot = [...options, `--user-data-dir=${profile}`, `--screenshot=${picture}`, `file://${page}`];
    execFileSync(browser, shot, { stdio: 'ignore', timeout: 120_000 });
    rmSync(profile, { recursive: true, force: true });
    process.stdout.write(`${picture}\n`);
  }
}
