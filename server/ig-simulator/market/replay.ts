// Plays a recorded tick file as the price of one instrument: every row one tick, text untouched, order kept.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { candleEnd, candleStart, type Candle, type Resolution } from './candles.ts';
import type { Instrument } from './instruments.ts';
import { changes, type Price, type PriceListener, type PriceSource } from './price.ts';

/** Minutes of replayed candles kept for the history endpoint. */
export const keptMinutes = 10_000;
/** Rows played in one go at full speed before others get their turn. */
const batchRows = 64;
/** Longest line accepted: longer means this is not a tick file. */
const longestLine = 512;

export interface Row { atMs: number; bid: string; offer: string }

const number = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

function parseRow(line: string, where: string): Row {
  const [time = '', bid = '', offer = ''] = line.split(',');
  const atMs = Date.parse(time);
  if (Number.isNaN(atMs) || !number.test(bid) || !number.test(offer)) throw new Error(`${where} is not "timestamp,bid,ask": ${line.slice(0, 80)}`);
  return { atMs, bid, offer };
}

/** Rows of a tick file (.csv or .csv.gz: header, then `timestamp,bid,ask`), read as a stream. Throws naming file and line. */
export async function* readTicks(path: string): AsyncGenerator<Row> {
  const file = createReadStream(path);
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (err) => bytes.destroy(err));
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of bytes) {
      const lines = (rest + String(chunk)).split(/\r?\n/);
      rest = lines.pop()!;
      if (rest.length > longestLine) throw new Error(`${path}:${line + 1} is too long for a tick file`);
      for (const text of lines) if (++line > 1 && text) yield parseRow(text, `${path}:${line}`);
    }
    if (rest && line > 0) yield parseRow(rest, `${path}:${line + 1}`);
  } finally {
    file.destroy();
    bytes.destroy();
  }
}

export interface ReplayDeps { path: string; instrument: Instrument; speed: number | 'max'; loop: boolean; start: 'onSubscribe' | 'now'; clock: Clock; logger: Logger }

/** Opens the file and reads its first row, which is what REST shows until the replay starts. Rejects when there is none. */
export async function createReplay({ path, instrument, speed, loop, start, clock, logger }: ReplayDeps): Promise<PriceSource & { stats(): { rows: number; done: boolean } }> {
  let first: Row | undefined;
  for await (const row of readTicks(path)) {
    first = row;
    break;
  }
  if (!first) throw new Error(`${path} holds no ticks`);
  const listeners = new Set<PriceListener>();
  const stopping = new AbortController();
  const nowMs = () => clock.now().getTime();
  const mid = (row: Row) => (Number(row.bid) + Number(row.offer)) / 2;
  let current: Price | undefined;
  let rows = 0;
  let started = false;
  let done = false;
  let day: { startMs: number; midOpen: number; high: string; low: string } | undefined;
  const minutes: Candle[] = [];

  function priceOf(row: Row, atMs: number): Price {
    const startMs = candleStart('DAY', row.atMs); // the recorded day, not ours: a fast replay crosses many of them
    if (day?.startMs !== startMs) day = { startMs, midOpen: day && current ? mid({ ...current }) : mid(row), high: row.offer, low: row.bid };
    if (Number(row.offer) > Number(day.high)) day.high = row.offer;
    if (Number(row.bid) < Number(day.low)) day.low = row.bid;
    return { atMs, bid: row.bid, offer: row.offer, high: day.high, low: day.low, ...changes(mid(row), day.midOpen, instrument.decimals), status: 'TRADEABLE' };
  }

  const extreme = (a: string, b: string, sign: 1 | -1) => (sign * Number(b) > sign * Number(a) ? b : a);
  /** `into` followed by `next`. */
  function merge(into: Candle, next: Candle): Candle {
    return {
      ...into,
      high: { bid: extreme(into.high.bid, next.high.bid, 1), ask: extreme(into.high.ask, next.high.ask, 1) },
      low: { bid: extreme(into.low.bid, next.low.bid, -1), ask: extreme(into.low.ask, next.low.ask, -1) },
      close: next.close,
      ticks: into.ticks + next.ticks,
    };
  }
  function emit(row: Row, atMs: number) {
    rows++;
    current = priceOf(row, atMs);
    const quote = { bid: row.bid, ask: row.offer };
    const bar: Candle = { startMs: candleStart('MINUTE', atMs), open: quote, high: quote, low: quote, close: quote, ticks: 1 };
    const last = minutes.at(-1);
    if (last?.startMs === bar.startMs) minutes[minutes.length - 1] = merge(last, bar);
    else if (minutes.push(bar) > keptMinutes) minutes.shift();
    for (const listener of listeners) listener.onPrice(current);
  }
  /** At full speed the slowest listener sets the pace, so that nothing is lost and no buffer grows. */
  async function breathe() {
    if (speed === 'max') for (const listener of listeners) await listener.busy();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** One pass through the file: recorded gaps divided by `speed`, counted from now. */
  async function playOnce() {
    const startMs = nowMs();
    let recordedMs: number | undefined;
    let batch = 0;
    for await (const row of readTicks(path)) {
      recordedMs ??= row.atMs;
      if (speed !== 'max') {
        const dueMs = startMs + (row.atMs - recordedMs) / speed;
        if (dueMs > nowMs()) await pause(clock, Math.ceil(dueMs - nowMs()), stopping.signal);
        else if (++batch % batchRows === 0) await breathe();
        if (stopping.signal.aborted) return;
        emit(row, Math.floor(dueMs));
      } else {
        emit(row, nowMs());
        if (++batch % batchRows === 0) await breathe();
        if (stopping.signal.aborted) return;
      }
    }
  }
  async function play() {
    await pause(clock, 0, stopping.signal); // the subscription that starts us is answered first
    do await playOnce();
    while (loop && !stopping.signal.aborted);
    done = true;
    if (!stopping.signal.aborted) logger.info({ epic: instrument.epic, rows }, 'replay is over');
  }
  function begin() {
    if (started) return;
    started = true;
    play().catch((err: unknown) => logger.error({ err, epic: instrument.epic }, 'replay stopped'));
  }
  if (start === 'now') begin();

  const shown = priceOf(first, nowMs());
  day = undefined;
  /** Aggregated from the minutes kept; seconds are not kept and come as minutes do. */
  const starts = (resolution: Resolution) => [...new Set(minutes.map((bar) => candleStart(resolution, bar.startMs)))];
  return {
    instrument,
    current: () => current ?? shown,
    subscribe(listener) {
      listeners.add(listener);
      begin();
      return { snapshot: current, unsubscribe: () => void listeners.delete(listener) };
    },
    candleStarts: (resolution, fromMs, toMs, limit) => starts(resolution).filter((at) => at >= fromMs && at < toMs).slice(0, limit + 1),
    lastCandleStarts: (resolution, toMs, count) => starts(resolution).filter((at) => at < toMs).slice(-count),
    candle(resolution, startMs) {
      const endMs = candleEnd(resolution, startMs);
      const parts = minutes.filter((bar) => bar.startMs >= startMs && bar.startMs < endMs);
      return parts[0] && { ...parts.slice(1).reduce(merge, parts[0]), startMs };
    },
    stop: () => stopping.abort(),
    stats: () => ({ rows, done }),
  };
}
