// The broker's memory on disk: decisions synced before they are acknowledged, snapshots, and loading after a crash. Decides nothing.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { syncFolder } from '../../lib/files.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import { restoreState, stateFormat, stateHash, statePieces } from '../engine/state-text.ts';
import { emptyState, evolve } from '../engine/state.ts';
import type { Decision } from '../engine/decisions.ts';
import type { State } from '../engine/types.ts';

/** Entries between two snapshots. */
const snapshotEvery = 1_000;
/** Snapshots that stay: the newest, and one to fall back on. */
const keptSnapshots = 2;
/** Accounts a snapshot puts into text before requests get their turn; the state it writes cannot change meanwhile. */
const accountsAtOnce = 20;
/** Appends that may wait for the disk; each is somebody's open request, so more means the disk has stopped. */
const maxWaiting = 100_000;

export interface Journal {
  /** Reads what is there, cuts off a torn last line, and opens the file for appending. Call once, first. */
  load(): Promise<{ state: State; n: number }>;
  /** Begins from `begin` instead of nothing, and keeps it. Throws RangeError when something else was journalled before. */
  adopt(begin: State): Promise<void>;
  /**
   * Resolves once the decisions are on the disk, in the order of the calls; appends that wait together share one sync.
   * Rejects for good after the first failure: what is in memory is then ahead of the disk, and the process must end.
   */
  append(decisions: readonly Decision[]): Promise<void>;
  /** The fold of what is on the disk: reads are answered from it, so that nobody sees a deal that a crash could still undo. */
  synced(): State;
  /** Entries that are on the disk or being written, and how many syncs this process has spent on its own. */
  stats(): { n: number; syncs: number };
  /** Waits for what was appended and for a snapshot under way, then closes the file. */
  close(): Promise<void>;
}
/** The journal cannot be trusted: a line or snapshot that was once synced is damaged or missing. */
export class DamagedJournal extends Error {}

interface Entry {
  n: number;
  at: string;
  decisions: readonly Decision[];
}
interface Waiting {
  decisions: readonly Decision[];
  done: () => void;
  failed: (error: unknown) => void;
}
/** Second and last line of a snapshot; the first is the state's canonical text. `offset` is the journal's length in bytes at entry `n`. */
interface SnapshotEnd {
  format: number;
  n: number;
  offset: number;
  hash: string;
}

/** One entry as a line: JSON whose last field is the CRC-32 of the JSON without it. */
function lineOf(entry: Entry): string {
  const body = JSON.stringify(entry);
  return `${body.slice(0, -1)},"crc":${crc32(body)}}\n`;
}
function entryOf(line: string): Entry | undefined {
  const found = /,"crc":(\d+)\}$/.exec(line);
  const body = found && `${line.slice(0, found.index)}}`;
  return body && crc32(body) === Number(found[1]) ? (JSON.parse(body) as Entry) : undefined;
}

/** A journal in `dir` (made if need be): `journal.jsonl` and `snapshot-<n>.json`. One process at a time. */
export function createJournal({ dir, logger }: { dir: string; logger: Logger }): Journal {
  const file = path.join(dir, 'journal.jsonl');
  let handle: FileHandle | undefined;
  let state: State = emptyState;
  let synced: State = emptyState;
  let n = 0;
  let offset = 0;
  let syncs = 0;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let failure: Error | undefined;
  const texts = new WeakMap<object, string>();

  const numberOf = (name: string) => Number(/^snapshot-(\d+)\.json$/.exec(name)?.[1] ?? NaN);
  const snapshots = async () =>
    (await readdir(dir)).filter((name) => numberOf(name) >= 0).sort((a, b) => numberOf(b) - numberOf(a));

  async function loadSnapshot() {
    const names = await snapshots();
    for (const name of names) {
      try {
        const [text = '', about = ''] = (await readFile(path.join(dir, name), 'utf8')).split('\n');
        const found = JSON.parse(about) as SnapshotEnd;
        if (found.format !== stateFormat || createHash('sha256').update(text).digest('hex') !== found.hash)
          throw new Error('format or hash differs');
        return void (({ n, offset } = found), (state = restoreState(text)));
      } catch (error) {
        logger.warn({ snapshot: name, err: error }, 'snapshot unusable, going further back');
      }
    }
    if (names.some((name) => numberOf(name) === 0))
      throw new DamagedJournal(
        `${dir} was begun from a saved state, and neither that nor a later snapshot can be read: begin from it in an empty folder`,
      );
  }
  async function load() {
    if (handle) throw new Error('the journal is loaded');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await loadSnapshot();
    const opened = await open(file, 'a+', 0o600);
    try {
      syncFolder(dir);
      await read(opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
    handle = opened;
    synced = state;
    return { state, n };
  }
  /** Folds what follows the snapshot, line by line. */
  async function read(from: FileHandle) {
    const { size } = await from.stat();
    if (size < offset)
      throw new DamagedJournal(
        `${file} is shorter (${size} bytes) than when snapshot ${n} was taken (${offset})`,
      );
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of from.createReadStream({
      start: offset,
      autoClose: false,
    }) as AsyncIterable<Buffer>) {
      rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        take(rest.toString('utf8', start, end));
        offset += end + 1 - start;
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
    if (rest.length > 0) {
      logger.warn({ n: n + 1, bytes: rest.length }, 'cut off a torn last entry');
      await from.truncate(offset);
      await from.datasync();
    }
  }
  /** Folds one line. Throws `DamagedJournal`: only an unfinished last line is what a crash leaves behind. */
  function take(line: string) {
    const entry = entryOf(line);
    if (entry?.n !== n + 1)
      throw new DamagedJournal(
        `${file}: the entry at byte ${offset} is damaged or out of order (expected entry ${n + 1}, found ${entry?.n ?? 'none'})`,
      );
    fold(entry.decisions);
  }
  function fold(decisions: readonly Decision[]) {
    n++;
    for (const decision of decisions) state = evolve(state, decision);
  }

  /** Writes all that waits as one group until nothing waits. */
  async function write(to: FileHandle) {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        if (failure) throw failure;
        const before = Math.floor(n / snapshotEvery);
        const lines = group.map(({ decisions }) => {
          fold(decisions); // before the write: what does not fold must not be written
          return lineOf({ n, at: decisions[0]!.at, decisions });
        });
        const bytes = Buffer.from(lines.join(''));
        await to.appendFile(bytes);
        await to.datasync();
        syncs++;
        synced = state;
        offset += bytes.length;
        if (Math.floor(n / snapshotEvery) > before) void snapshot({ state, n, offset });
        for (const { done } of group) done();
      } catch (error) {
        if (!failure) logger.fatal({ err: error, n }, 'the journal cannot be written');
        failure ??= new Error('the journal cannot be written', { cause: error });
        for (const { failed } of group) failed(failure);
      }
    }
    writing = undefined;
  }
  /** Takes a snapshot beside the appends; without one nothing is lost but time. */
  const snapshot = once(async (at: { state: State; n: number; offset: number }) => {
    try {
      await writeSnapshot(at);
      for (const name of (await snapshots()).slice(keptSnapshots))
        if (numberOf(name) > 0) await rm(path.join(dir, name)); // number 0 was adopted: the entries alone do not lead to it
    } catch (error) {
      logger.error({ err: error, n: at.n }, 'no snapshot could be taken');
    }
  });
  async function writeSnapshot(at: { state: State; n: number; offset: number }) {
    const temporary = path.join(dir, 'snapshot.tmp');
    const hash = createHash('sha256');
    const pieces: string[] = [];
    for (const piece of statePieces(at.state, texts)) {
      hash.update(piece);
      if (pieces.push(piece) % accountsAtOnce === 0) await setImmediate();
    }
    const end: SnapshotEnd = { format: stateFormat, n: at.n, offset: at.offset, hash: hash.digest('hex') };
    const out = await open(temporary, 'w', 0o600);
    await out
      .writeFile(`${pieces.join('')}\n${JSON.stringify(end)}\n`)
      .then(() => out.sync())
      .finally(() => out.close());
    await rename(temporary, path.join(dir, `snapshot-${String(at.n).padStart(12, '0')}.json`));
    syncFolder(dir);
  }

  return {
    load,
    async adopt(begin) {
      if (!handle) throw new Error('the journal is not open');
      if (n === 0 && state.decisions === 0) {
        await writeSnapshot({ state: begin, n, offset });
        state = synced = begin;
      } else if (stateHash(state) !== stateHash(begin))
        throw new RangeError(`${dir} holds another state already: begin in an empty folder`);
    },
    append(decisions) {
      if (!handle) return Promise.reject(new Error('the journal is not open'));
      if (decisions.length === 0) return Promise.resolve();
      if (waiting.length >= maxWaiting)
        failure ??= new Error(`more than ${maxWaiting} appends wait for the disk`);
      if (failure) return Promise.reject(failure);
      const to = handle;
      return new Promise((done, failed) => {
        waiting.push({ decisions, done, failed });
        // The group forms in the microtasks of this turn, so that what is decided together is synced together.
        writing ??= Promise.resolve().then(() => write(to));
      });
    },
    synced: () => synced,
    stats: () => ({ n, syncs }),
    async close() {
      const last = handle;
      handle = undefined;
      await writing;
      await snapshot.idle();
      await last?.close();
    },
  };
}
