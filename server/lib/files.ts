// Small files that must be whole or absent: write beside, sync, rename. Knows nothing of what they hold.
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Replaces `path` by `text` at once and durably, readable by its owner only. */
export function writeFileDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openForOwner(temporary, 'w');
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Opens (making it 0600) a file that as root goes to the folder's owner: one start with sudo must not lock its user out. */
export function openForOwner(path: string, flags: 'w' | 'a'): number {
  const file = openSync(path, flags, 0o600);
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(dirname(path));
    fchownSync(file, uid, gid);
  }
  return file;
}

/** Makes renames inside `dir` survive a power cut. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The file's text, or undefined when it does not exist. */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Below what is no folder, and under a name that is too long, nothing exists either.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/**
 * Makes a folder, and those above it that are missing; gives the topmost new one. Not by `recursive`, which never comes back where a
 * folder exists but takes none (/proc). Throws the system's error.
 */
export function makeFolder(dir: string, mode: number): string | undefined {
  const missing: string[] = [];
  for (let each = resolve(dir); !existsSync(each); each = dirname(each)) missing.unshift(each);
  for (const each of missing) {
    try {
      mkdirSync(each, { mode });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // somebody else has just made it
    }
  }
  return missing[0];
}

/** What to write instead of a path that begins with ~, which only a shell reads, and only at the start of a word. */
export const withoutTilde = (path: string): string | undefined =>
  /^~(\/|$)/.test(path) ? join(homedir(), path.slice(1)) : undefined;
