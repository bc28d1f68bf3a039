// Which process is which: identities that survive pid reuse, and who works inside a folder. Starts and stops nothing.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** The system did not let us look at a process, as at the limit of open files: it may live or not. */
export class CannotTell extends Error {}

/**
 * A text that names one process for ever (boot, start time), or undefined when it is proven that no such process lives.
 * Off Linux there is no start time to read: any live process with this pid answers `alive`. Throws CannotTell.
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (process.platform !== 'linux') return signal(pid, 0) ? 'alive' : undefined;
  try {
    const fields = statOf(pid);
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}:${fields[19]}`;
  } catch (cause) {
    // Asking by a signal opens no file.
    if (isGone(cause) || !signal(pid, 0)) return undefined;
    throw new CannotTell(`the system does not tell whether process ${pid} lives`, { cause });
  }
}
/** What Linux tells of a process: [0] state, [1] parent, [19] start time. The command's name before them may hold spaces and brackets. */
const statOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\)\s*/s, '')
    .split(' ');

/** The parent of a process; undefined off Linux, and for one that is gone. */
export function parentOf(pid: number): number | undefined {
  try {
    return process.platform === 'linux' ? Number(statOf(pid)[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** What a process calls itself: its command line, or the title it gave itself. Empty off Linux, and for one that is gone. */
export function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Of the machine, so it is read once. */
let bootId: string | undefined;
/** There is no such process, or it ended while it was looked at. */
const isGone = (error: unknown) => ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Whether the process that once had this identity lives: only proof that it does not is a no. */
export function isSameProcess(pid: number, identity: string): boolean {
  try {
    return processIdentity(pid) === identity;
  } catch (error) {
    if (error instanceof CannotTell) return true;
    throw error;
  }
}

/** Pids of live processes whose working directory is `dir` (a real path). Every process of a PostgreSQL cluster
 *  works in its data directory. Undefined where the system does not tell (off Linux). Throws where it does not let us look. */
export function processesIn(dir: string): number[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && workingDirectory(pid) === dir && processIdentity(pid) !== undefined);
}

/** Sends `name` (0 only asks) and says whether a process took it; one of another user counts for 0. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return name === 0 && (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
