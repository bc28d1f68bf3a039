// A generated recording of one market, as the simulator plays it: so many rows a second, whose bids count them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { between, seededRandom } from '../../server/ig-simulator/random.ts';
import { firstBid, rowsPerFile, updatesPerSecond } from './simulator-protocol.ts';

/** A row every 40 ms on average, each file with its own offsets, so that the instruments do not tick in step. */
export function tickFile(folder: string, epic: string, seed: string): string {
  const random = seededRandom(`${seed}/${epic}`);
  const gapMs = 1_000 / updatesPerSecond;
  const rows = Array.from(
    { length: rowsPerFile },
    (_, i) =>
      `${new Date(Date.UTC(2026, 0, 5) + i * gapMs + between(random, [0, gapMs - 1])).toISOString()},${firstBid + i},${firstBid + i + 1}`,
  );
  const file = path.join(folder, `${epic}.csv`);
  writeFileSync(file, `timestamp,bid,ask\n${rows.join('\n')}\n`);
  return file;
}
