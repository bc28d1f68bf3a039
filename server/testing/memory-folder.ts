// Where a test run keeps its temporary files: in memory where Linux has room for them there, otherwise where the system keeps such files.
import { readFileSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';

const folder = '/dev/shm';
/** A run uses some hundreds of megabytes: the log of its PostgreSQL and a few dozen small databases at a time. */
const neededBytes = 4_000_000_000;

/**
 * A folder in memory for `TMPDIR`: a database is cloned from 500 small files, which on some disks takes ten times as long as in memory.
 * Undefined where there is none, or too little room, or programs cannot be run from it.
 */
export function memoryFolder(mounts: () => string = () => readFileSync('/proc/mounts', 'utf8')) {
  try {
    const mount = mounts()
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, place]) => place === folder);
    if (mount?.[2] !== 'tmpfs' || /\bnoexec\b|\bro\b/.test(mount[3] ?? '')) return undefined;
    const { bavail, bsize } = statfsSync(folder);
    return Math.min(bavail * bsize, freemem()) >= neededBytes ? folder : undefined;
  } catch {
    return undefined; // not on Linux
  }
}
