// Reads recorded files as rows of quotes in UTC, their text untouched: ticks, candles of both sides, candles or closes of one price. Plays nothing.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { Instrument } from './instrument.ts';

/** One quote as recorded; a side is null where the recording has none, never both. */
export interface Row {
  atMs: number;
  bid: string | null;
  offer: string | null;
}
type Point = Omit<Row, 'atMs'>;

/** Longest line accepted: longer means this is no recording. */
const longestLine = 512;
/** Length of a candle where the first rows do not tell it. */
const usualCandleMs = 60_000;
const number = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
const isoInstant = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** An instant of ISO 8601, UTC where it names no offset; NaN for any other text and for days that do not exist. */
function instantOf(text: string): number {
  const found = isoInstant.exec(text);
  if (!found) return NaN;
  const [, year, month, day, zone] = found;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1) return NaN;
  return Date.parse(text.length === 10 || zone ? text : `${text}Z`);
}

/** A candle as four points: open, the extreme nearer to it, the other one, close; bid and offer of one point belong together. */
function inOrder(points: [open: Point, high: Point, low: Point, close: Point]): Point[] {
  const [open, high, low, close] = points;
  const side = open.bid === null ? 'offer' : 'bid';
  const lowFirst = Number(open[side]) - Number(low[side]) < Number(high[side]) - Number(open[side]);
  return lowFirst ? [open, low, high, close] : [open, high, low, close];
}

type Read = (cells: (string | null)[], offerOf: (bid: string | null) => string | null) => Point[];
const both: Read = ([bid, offer]) => [{ bid: bid!, offer: offer! }];
/** Points from the columns after the time. One price is taken as the bid, with the offer a spread above it. */
const layouts: Record<string, Read> = {
  'bid,ask': both,
  'bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close': (cells) => {
    const point = (i: number) => ({ bid: cells[i]!, offer: cells[i + 4]! });
    return inOrder([point(0), point(1), point(2), point(3)]);
  },
  'open,high,low,close,volume': (cells, offerOf) => {
    const point = (i: number) => ({ bid: cells[i]!, offer: offerOf(cells[i]!) });
    return inOrder([point(0), point(1), point(2), point(3)]);
  },
  close: ([bid], offerOf) => both([bid!, offerOf(bid!)], offerOf),
};

const shortestGap = (bars: { atMs: number }[]) =>
  bars
    .slice(1)
    .map(({ atMs }, i) => atMs - bars[i]!.atMs)
    .filter((gap) => gap > 0)
    .reduce((a, b) => Math.min(a, b), 7 * 86_400_000);

/**
 * Rows of a recording (.csv or .csv.gz), a few at a time; the header (`timestamp` or `date`, then columns as in `layouts`) tells what it is.
 * Empty cells are sides without a quote; quotes that cross are given as they are. Throws naming file and line.
 */
export async function* readRecording(
  path: string,
  { spreads, scaling, decimals }: Pick<Instrument, 'spreads' | 'scaling' | 'decimals'>,
): AsyncGenerator<Row[]> {
  const spread = Math.min(...spreads.map(([, points]) => points)) / scaling;
  const offerOf = (bid: string | null) =>
    bid && (Number(bid) + spread).toFixed(Math.max(decimals, bid.split('.')[1]?.length ?? 0));
  let read: Read | undefined;
  let columns = 0;
  let line = 0;
  let candleMs: number | undefined;

  function cellsOf(text: string) {
    const [time = '', ...cells] = text.split(',');
    const atMs = instantOf(time);
    if (Number.isNaN(atMs))
      throw new Error(
        `${path}:${line} begins with no date of ISO 8601, such as 2026-01-05 or 2026-01-05T09:00:00Z: ${text.slice(0, 80)}`,
      );
    const wrong = cells.length !== columns || cells.some((cell) => cell !== '' && !number.test(cell));
    if (wrong) throw new Error(`${path}:${line} is not as its header says: ${text.slice(0, 80)}`);
    return {
      atMs,
      points: read!(
        cells.map((cell) => cell || null),
        offerOf,
      ),
    };
  }
  function rowsOf(lines: string[]): Row[] {
    const bars = [];
    for (const text of lines) {
      if (++line === 1) {
        const names = text.replace(/^\uFEFF?(?:timestamp|date),/, '');
        read = layouts[names];
        columns = names.split(',').length;
        if (!read || names === text)
          throw new Error(
            `${path} is no recording: its header is ${text.slice(0, 80)}; after the time it must be one of ${Object.keys(layouts).join(' | ')}`,
          );
      } else if (text) bars.push(cellsOf(text));
    }
    candleMs ??= bars.length > 1 ? shortestGap(bars) : undefined;
    const rows: Row[] = [];
    for (const { atMs, points } of bars) {
      for (const [i, { bid, offer }] of points.entries())
        if (bid !== null || offer !== null)
          rows.push({ atMs: atMs + (i * (candleMs ?? usualCandleMs)) / points.length, bid, offer });
    }
    return rows;
  }

  const file = createReadStream(path);
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (err) => bytes.destroy(err));
  let rest = '';
  try {
    for await (const chunk of bytes) {
      const lines = (rest + String(chunk)).split(/\r?\n/);
      rest = lines.pop()!;
      if (rest.length > longestLine)
        throw new Error(`${path}:${line + lines.length + 1} is too long for a recording`);
      const rows = rowsOf(lines);
      if (rows.length > 0) yield rows;
    }
    const rows = rowsOf(rest ? [rest] : []);
    if (rows.length > 0) yield rows;
  } finally {
    file.destroy();
    bytes.destroy();
  }
}
