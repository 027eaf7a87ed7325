// The built program as its user runs it, in pipes: the main job from one command, its exit codes, its journal, its death.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { install, recordsIn } from './installation.ts';

const installations = [install(), install(), install()] as const;
const [calm, rough, killed] = installations;

afterAll(() => {
  for (const installation of installations) installation.remove();
});

const minutesMs = 60_000;
const transcriptFile = (transcript: unknown): string[] => {
  const { file } = (transcript ?? {}) as { readonly file?: string };
  return file === undefined ? [] : [file];
};
const verdictLines = (output: string): string[] =>
  output.split('\n').filter((line) => /^\d\d:\d\d:\d\d {2}slot \d\d {2}(PASS|FAIL|UNKNOWN|ABORTED) /.test(line));

function addOutboxes(folder: string, outboxes: readonly object[]): void {
  mkdirSync(join(folder, 'drop'));
  const file = join(folder, 'stations', 'demo.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), outboxes }));
}

describe.concurrent('the built program without a terminal', () => {
  it(
    'flashes the demo rack: eight PASS lines, eight chained records, exit 0; one changed byte is found',
    async () => {
      addOutboxes(calm.folder, [
        { kind: 'csvFolder', name: 'drop', folder: '../drop' },
        // Nobody listens there: the rack must not notice.
        { kind: 'http', name: 'mes', url: 'http://127.0.0.1:9/', afterMs: 0 },
      ]);
      const run = calm.start(['demo']);
      expect(await run.ended, run.output()).toBe(0);
      const delivered = readdirSync(join(calm.folder, 'drop')).map((name) =>
        readFileSync(join(calm.folder, 'drop', name), 'utf8'),
      );
      expect(delivered.flatMap((text) => text.split('\r\n').slice(1, -1))).toHaveLength(8);
      expect(run.output()).toMatch(/station {2}outbox mes: late, oldest record waits \d/);
      expect(verdictLines(run.output()).filter((line) => line.includes('  PASS '))).toHaveLength(8);
      expect(recordsIn(calm.journal()).map(({ verdict }) => verdict)).toEqual(Array(8).fill('PASS'));
      expect(calm.ask(['log', 'verify']).exitCode).toBe(0);

      const [file] = calm.journalFiles();
      if (file === undefined) throw new Error('no journal file');
      const bytes = readFileSync(file);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      writeFileSync(file, bytes);
      const verified = calm.ask(['log', 'verify']);
      expect(verified.exitCode).toBe(1);
      expect(verified.stdout).toMatch(/first bad line: \S+ line \d+/);
    },
    2 * minutesMs,
  );

  it(
    'gives each board of the rough scenario its one verdict with code, blame and action, and exits 1',
    async () => {
      const run = rough.start(['demo', '--scenario', 'rough']);
      expect(await run.ended, run.output()).toBe(1);
      const lines = verdictLines(run.output())
        .map((line) => line.slice(10))
        .sort();
      expect(lines).toHaveLength(8);
      for (const line of lines.filter((text) => !text.includes('PASS')))
        expect(line).toMatch(/code=\S+ blame=\S+ .* \| .+ Do: .+/);
      expect(lines.map((line) => line.replace(/(PASS|code=\S+).*/, '$1'))).toEqual([
        'slot 01  PASS',
        'slot 02  FAIL code=model-not-allowed',
        'slot 03  ABORTED code=window-missed',
        'slot 04  PASS',
        'slot 05  UNKNOWN code=unplugged',
        'slot 06  UNKNOWN code=reply-timed-out',
        'slot 07  PASS',
        'slot 08  PASS',
      ]);

      // What did not pass can be run again from its transcript alone, also with the jitter of a real clock.
      const transcripts = recordsIn(rough.journal()).flatMap(({ transcript }) => transcriptFile(transcript));
      expect(transcripts).toHaveLength(4);
      for (const file of transcripts) {
        const { exitCode, stdout, stderr } = rough.ask(['replay', join('logs', file)]);
        expect([exitCode, stdout, stderr]).toEqual([0, expect.stringContaining('same until the end: verdict '), '']);
      }
      const [first = ''] = transcripts;
      writeFileSync(join(rough.folder, 'cut.jsonl'), readFileSync(join(rough.folder, 'logs', first)).subarray(0, 3_000));
      const refused = rough.ask(['replay', 'cut.jsonl']);
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('transcript-unreadable in line')]);
    },
    3 * minutesMs,
  );

  it(
    'killed in mid-flash, it finds the open jobs again: UNKNOWN, their slots locked until released, nothing else lost',
    async () => {
      const run = killed.start(['demo']);
      await run.shows(/slot 01 {2}write ap: \d/);
      run.child.kill('SIGKILL');
      await run.ended;
      const intents = killed.journal().filter(({ type }) => type === 'job.intent').length;
      expect(intents).toBeGreaterThan(0);

      const again = killed.start(['demo']);
      expect(await again.ended, again.output()).toBe(1);
      const recovered = recordsIn(killed.journal()).filter(({ failure }) => failure?.code === 'process-killed');
      expect(recovered.filter(({ verdict }) => verdict === 'UNKNOWN')).toHaveLength(intents);
      expect(again.output()).toMatch(/slot 01 {2}Locked/);
      expect(verdictLines(again.output()).some((line) => line.includes('slot 01'))).toBe(false);
      expect(killed.ask(['log', 'verify']).exitCode).toBe(0);
      expect(killed.ask(['release', 'stations/demo.json', '--slot', '1']).exitCode).toBe(0);
      expect(killed.ask(['release', 'stations/demo.json', '--slot', '1']).stdout).toContain('nothing to release');
    },
    3 * minutesMs,
  );
});

describe('bad input', () => {
  it.each([
    [['nonsense'], 'unknown command'],
    [['demo', '--scenario', 'wild'], 'calm'],
    [['run', 'stations/absent.json'], 'station-file-invalid'],
    [['inspect', 'package.json'], 'package-format-unknown'],
    [['inspect', 'absent.bin'], 'package-unreadable'],
    [['plan', 'package.json', '--profile', 'profiles/ec800e.json'], 'profile-invalid'],
    [['run', 'stations/demo.json'], 'flashrack demo'],
    [['sim', 'serve', '--board', 'XX', '--link', '/tmp/flashrack-none'], 'EC600E'],
  ])('%j is refused with exit 2, in words', (args, words) => {
    const { exitCode, stdout, stderr } = calm.ask(args);
    expect(stdout + stderr).toContain(words);
    expect(exitCode).toBe(2);
  });

  it('every command has help', () => {
    for (const args of [
      [],
      ['demo'],
      ['run'],
      ['inspect'],
      ['plan'],
      ['log'],
      ['log', 'verify'],
      ['log', 'show'],
      ['release'],
      ['codes'],
      ['schema'],
      ['sim', 'serve'],
    ]) {
      const { exitCode, stdout } = calm.ask([...args, '--help']);
      expect(stdout).toContain('Usage: flashrack');
      expect(exitCode).toBe(0);
    }
  });
});
