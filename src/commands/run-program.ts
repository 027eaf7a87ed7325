// Starts a program without a shell, gives it its input, and ends it when its time is over. Knows no hook.
import { spawn } from 'node:child_process';

export interface ProgramRun {
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Resolves with null when it ended with exit code 0 in time, else with why it did not. Never rejects. */
export type RunProgram = (command: readonly [string, ...string[]], run: ProgramRun) => Promise<string | null>;

export const runProgram: RunProgram = ([program, ...args], { input, environment, timeoutMs }) =>
  new Promise((resolve) => {
    const startedProgram = () =>
      spawn(program, args, {
        shell: false,
        // A group of its own: what it started ends with it.
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { ...withoutSecrets(process.env), ...environment },
      });
    let child: ReturnType<typeof startedProgram>;
    try {
      child = startedProgram();
    } catch (thrown) {
      resolve(thrown instanceof Error ? thrown.message : String(thrown));
      return;
    }
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      killGroup(child.pid);
      // A program that cannot be killed must not hold the next event up.
      resolve(`took longer than ${timeoutMs} ms and was ended`);
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.on('exit', (exitCode, signal) => {
      clearTimeout(timer);
      if (!isOver) resolve(exitCode === 0 ? null : `ended with ${signal ?? `exit code ${exitCode}`}`);
    });
    // Whoever does not read its input is right to.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** What the outbox signs in with is nobody else's. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FLASHRACK_')));
}
