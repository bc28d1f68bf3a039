// Small files that must be whole or absent: write beside, sync, rename. Knows nothing of what they hold.
import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

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
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
