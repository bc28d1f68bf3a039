// Where the simulator of a data folder listens, for commands beside the server that runs it. It counts only while somebody holds the folder.
import { join } from 'node:path';
import { readIfExists, writeFileDurably } from '../lib/files.ts';

const fileIn = (dir: string) => join(dir, 'address');

/** `dir` is the simulator's own, inside the data folder. */
export const keepAddress = (dir: string, baseUrl: string): void =>
  writeFileDurably(fileIn(dir), `${baseUrl}\n`);
/** As it was kept last; undefined where none ever ran. */
export const readAddress = (dir: string): string | undefined => readIfExists(fileIn(dir))?.trim();
