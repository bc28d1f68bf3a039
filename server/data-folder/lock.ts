// One FTrader per data folder: a lock file naming its holder so exactly that a dead holder is recognised.
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { readIfExists } from '../lib/files.ts';
import { byVariable } from './data-dir.ts';
import { isSameProcess, processIdentity } from './processes.ts';

export class DataDirLockedError extends Error {
  readonly pid: number;
  constructor(dir: string, pid: number, another: string) {
    super(
      `FTrader already runs in ${dir} (pid ${pid}). Stop it (kill ${pid}), or give this one its own folder: ${another}`,
    );
    this.name = 'DataDirLockedError';
    this.pid = pid;
  }
}

export interface DataDirLock {
  /** Gives the folder back. Safe to call twice. */
  release(): void;
}

/** How long a lock taken over from a dead holder must stand before it counts: longer than another start needs from reading to renaming. */
const settleMs = 100;
/** Attempts when locks appear and vanish under us. */
const maxAttempts = 5;

/** Takes the folder (which must exist) for this process; `another` is how to choose one, for messages. Throws `DataDirLockedError` while another live process, or this one, holds it. */
export async function lockDataDir(
  dir: string,
  { clock = systemClock, another = byVariable }: { clock?: Clock; another?: string } = {},
): Promise<DataDirLock> {
  const path = join(dir, 'lock');
  const mine = `${JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) })}\n`;
  const temporary = `${path}.${process.pid}`;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    writeFileSync(temporary, mine, { mode: 0o644 }); // readable, so that another user's start can name the holder
    try {
      linkSync(temporary, path); // fails when there is a lock: only one of two starts gets past
      return held(path, mine);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const found = readIfExists(path);
      if (found === undefined) continue;
      const pid = holder(found);
      if (pid !== undefined) throw new DataDirLockedError(dir, pid, another);
      // Stale. Two starts may both see that: each puts its own in place without a pause in between, the last one stands.
      renameSync(temporary, path);
      await pause(clock, settleMs);
      if (readIfExists(path) === mine) return held(path, mine);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  throw new Error(
    `${path} keeps changing: other starts of FTrader are running in this folder. Wait for them and start again.`,
  );
}

/** The pid of the live process that holds `dir`, or undefined when it is free. */
export function findLockHolder(dir: string): number | undefined {
  const text = readIfExists(join(dir, 'lock'));
  return text === undefined ? undefined : holder(text);
}

function held(path: string, mine: string): DataDirLock {
  return {
    release: () => {
      if (readIfExists(path) === mine) rmSync(path, { force: true });
    },
  };
}

function holder(text: string): number | undefined {
  const named = read(text);
  return named?.identity !== undefined && isSameProcess(named.pid, named.identity) ? named.pid : undefined;
}
function read(text: string): { pid: number; identity?: string } | undefined {
  try {
    return (JSON.parse(text) as { pid: number; identity?: string } | null) ?? undefined;
  } catch {
    return undefined; // not ours, or cut short by a full disk: nobody holds it
  }
}
