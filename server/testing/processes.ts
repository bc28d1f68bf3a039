// Our own programs as real child processes: started, waited for, signalled, and never left behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noted } from './leftovers.ts';

export const projectRoot = path.resolve(import.meta.dirname, '../..');

export interface Program extends AsyncDisposable {
  child: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Resolves with the match once the output has it; rejects with the output when the program ends first, or has not printed it in a minute and a half. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal's name. */
  exited: Promise<number | NodeJS.Signals>;
}

/** What a program of ours has of the environment of this run: where things are, and none of FTrader's settings. */
export function inheritedEnv(): Record<string, string> {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, NODE_COMPILE_CACHE }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

/** The environment of a project of somebody else: the settings of the npm that runs these tests are not its. */
export const otherProjectEnv = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle|config_local)|NODE_ENV$|VITEST|INIT_CWD)/.test(name),
    ),
  );

/** A program that says nothing for so long hangs: the test that waits is told what it said before. */
const printsWithinMs = 90_000;

/** Starts `node FILE ARGS`. `env` replaces the settings this test run has; nothing of FTrader's own leaks in. */
export function startProgram(
  file: string,
  {
    args = [],
    env = {},
    cwd = projectRoot,
  }: { args?: string[]; env?: Record<string, string>; cwd?: string } = {},
): Program {
  const child = noted(
    spawn(process.execPath, [path.join(projectRoot, file), ...args], {
      cwd,
      env: { ...inheritedEnv(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let text = '';
  const waiting = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let over = false;
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      resolve(code ?? signal ?? -1);
      for (const look of waiting) look();
    });
  });
  return {
    child,
    exited,
    output: () => text,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
          else if (over) reject(new Error(`${file} ended without printing ${pattern}:\n${text}`));
          else return;
          done();
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`${file} has not printed ${pattern} within ${printsWithinMs} ms:\n${text}`));
        }, printsWithinMs);
        const done = () => (clearTimeout(timer), waiting.delete(look));
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (!over) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** A folder for one test, removed with the scope. */
export function temporaryFolder(name: string): Disposable & { path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), `ftrader ${name} `));
  chmodSync(folder, 0o755); // as root the database's user must get through
  return {
    path: folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
