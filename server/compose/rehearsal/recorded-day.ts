// A recorded day as a rehearsal needs it: its instants in order, what each market quotes at each of them, and the pairs of currencies that stand still beside it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { instrumentByEpic, readRecording } from '../../ig-simulator/index.ts';

export interface Recording {
  path: string;
  epic: string;
}
export interface Quote {
  epic: string;
  bid: string;
  offer: string;
}
export interface RecordedDay {
  epics: string[];
  /** UTC milliseconds, rising, each with the markets that it changes. */
  instants: { atMs: number; quotes: Quote[] }[];
}
/** Rows of all recordings that are held in memory: two weeks of ticks. */
const maxRows = 3_000_000;

/** Throws where a file is no recording, naming it and its line, and where there are no quotes. */
export async function readDay(recordings: readonly Recording[]): Promise<RecordedDay> {
  const byInstant = new Map<number, Map<string, Quote>>();
  let count = 0;
  for (const { path: file, epic } of recordings) {
    const instrument = instrumentByEpic.get(epic);
    if (!instrument) throw new Error(`${file}: unknown epic ${epic}`);
    let [bid, offer]: [string | null, string | null] = [null, null];
    for await (const rows of readRecording(file, instrument))
      for (const row of rows) {
        if (++count > maxRows) throw new Error(`the recordings hold more than ${maxRows} rows: take a part`);
        [bid, offer] = [row.bid ?? bid, row.offer ?? offer];
        const at = byInstant.get(row.atMs) ?? new Map<string, Quote>();
        byInstant.set(row.atMs, at);
        if (bid !== null && offer !== null) at.set(epic, { epic, bid, offer });
      }
    if (bid === null || offer === null) throw new Error(`${file} holds no quotes`);
  }
  const instants = [...byInstant]
    .sort(([one], [other]) => one - other)
    .map(([atMs, quotes]) => ({ atMs, quotes: [...quotes.values()] }));
  return { epics: [...new Set(recordings.map(({ epic }) => epic))], instants };
}

/**
 * A recording of one quote for each pair of currencies that is not recorded: what an account's money is converted at stands still, since
 * a price that moves by the clock of this machine would make each run another one.
 */
export function stillPairs(folder: string, { epics, instants }: RecordedDay): Recording[] {
  const at = new Date(instants[0]!.atMs).toISOString();
  return [...instrumentByEpic.values()]
    .filter(({ epic }) => /^CS\.D\.[A-Z]{6}\.CFD\.IP$/.test(epic) && !epics.includes(epic))
    .map(({ epic, base, decimals }) => {
      const file = path.join(folder, `${epic}.csv`);
      const price = base.toFixed(decimals);
      writeFileSync(file, `timestamp,bid,ask\n${at},${price},${price}\n`);
      return { path: file, epic };
    });
}
