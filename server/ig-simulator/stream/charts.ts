// CHART items: every tick of a price source, and its running candle, folded from the ticks so that it equals the history of the same candle.
import type { Clock } from '../../lib/clock.ts';
import { candleEnd, candleStart, type Candle, type Resolution } from '../market/candles.ts';
import type { Price, PriceSource } from '../market/price.ts';
import { createItem, type Fields, type Item } from './updates.ts';

/** IG's names of the scales (reference: IG streaming guide). */
export const chartScales: Record<string, Resolution> = {
  SECOND: 'SECOND',
  '1MINUTE': 'MINUTE',
  '5MINUTE': 'MINUTE_5',
  HOUR: 'HOUR',
};
/**
 * A candle closes with the first tick of another one or, on a quiet market, this long after its end. A tick that comes later
 * than that closes it once more, so that what is told last is what the history tells. IG does not document the moment.
 */
export const closeAfterMs = 500;
/** After a longer silence ticks may have been left out by the source: the candle is read from the history again. */
const gapMs = 10_000;

const none = () => null;
const dayFields: Fields<Price> = {
  DAY_OPEN_MID: (price) => price.midOpen,
  DAY_NET_CHG_MID: (price) => price.netChange,
  DAY_PERC_CHG_MID: (price) => price.pctChange,
  DAY_HIGH: (price) => price.high,
  DAY_LOW: (price) => price.low,
};
/** Nothing is traded over the counter: no last price, no volumes. */
const tickFields: Fields<Price> = {
  BID: (price) => price.bid,
  OFR: (price) => price.offer,
  LTP: none,
  LTV: none,
  TTV: none,
  UTM: (price) => String(price.atMs),
  ...dayFields,
};

interface Bar {
  price: Price;
  candle: Candle;
  closed: boolean;
}
const sides = { OPEN: 'open', HIGH: 'high', LOW: 'low', CLOSE: 'close' } as const;
const candleFields: Fields<Bar> = {
  /** The number of ticks, as in the history's `lastTradedVolume`. */
  LTV: ({ candle }) => String(candle.ticks),
  TTV: none,
  UTM: ({ candle }) => String(candle.startMs),
  ...Object.fromEntries(
    Object.entries(dayFields).map(([name, get]) => [name, ({ price }: Bar) => get(price)]),
  ),
  ...Object.fromEntries(
    Object.entries(sides).flatMap(([name, side]) => [
      [`OFR_${name}`, ({ candle }: Bar) => candle[side].ask],
      [`BID_${name}`, ({ candle }: Bar) => candle[side].bid],
      [`LTP_${name}`, none],
    ]),
  ),
  CONS_END: ({ closed }) => (closed ? '1' : '0'),
  CONS_TICK_COUNT: ({ candle }) => String(candle.ticks),
};

type Side = Candle['high']['bid'];
/** A side that was not quoted does not count. */
const pick = (a: Side, b: Side, sign: 1 | -1): Side =>
  a === null || (b !== null && sign * Number(b) > sign * Number(a)) ? b : a;
const outermost = (a: Candle['high'], b: Candle['high'], sign: 1 | -1) => ({
  bid: pick(a.bid, b.bid, sign),
  ask: pick(a.ask, b.ask, sign),
});
/** `candle` with one more tick, or a new candle from `startMs`. */
function fold(candle: Candle | undefined, { bid, offer }: Price, startMs: number): Candle {
  const quote = { bid, ask: offer };
  if (candle?.startMs !== startMs)
    return { startMs, open: quote, high: quote, low: quote, close: quote, ticks: 1 };
  return {
    ...candle,
    high: outermost(candle.high, quote, 1),
    low: outermost(candle.low, quote, -1),
    close: quote,
    ticks: candle.ticks + 1,
  };
}

/** Subscribes to quotes only: a change of status repeats the last quote and is none. */
function subscribeTicks(
  source: PriceSource,
  onTick: (price: Price) => void,
  busy: () => Promise<void> | undefined,
) {
  let last: Price | undefined;
  const onPrice = (price: Price) => {
    const repeated =
      last !== undefined &&
      last.status !== price.status &&
      last.atMs === price.atMs &&
      last.bid === price.bid &&
      last.offer === price.offer;
    last = price;
    if (!repeated) onTick(price);
  };
  const subscribed = source.subscribe({ onPrice, busy });
  last = subscribed.snapshot;
  return subscribed;
}

interface BarListener {
  onBar(bar: Bar): void;
  busy(): Promise<void> | undefined;
}
/** The running candle of one scale: listens to the source while somebody listens to it. */
function createCandleFeed(source: PriceSource, resolution: Resolution, clock: Clock) {
  const listeners = new Set<BarListener>();
  let bar: Bar | undefined;
  let [readMs, lastMs] = [0, 0];
  let unsubscribe = () => {};
  let cancelClose: (() => void) | undefined;

  function show(price: Price, candle: Candle, closed: boolean) {
    bar = { price, candle, closed };
    for (const listener of listeners) listener.onBar(bar);
  }
  function close() {
    cancelClose?.();
    cancelClose = undefined;
    if (bar && !bar.closed) show(bar.price, bar.candle, true);
  }
  /** How long the market must be quiet after `price` until its candle is over. */
  const leftMs = (price: Price, startMs: number) =>
    price.clockMs + candleEnd(resolution, startMs) - price.atMs - clock.now().getTime();
  function closeInTime(price: Price, startMs: number) {
    cancelClose ??= clock.after(Math.max(0, leftMs(price, startMs) + closeAfterMs), close);
  }
  /** From the history, which may know more than was streamed. */
  function read(startMs: number): Candle | undefined {
    readMs = clock.now().getTime();
    return source.candle(resolution, startMs);
  }
  function onTick(price: Price) {
    const startMs = candleStart(resolution, price.atMs);
    const same = bar?.candle.startMs === startMs ? bar : undefined;
    if (!same) close();
    const unsure = price.clockMs <= readMs || price.atMs - lastMs > gapMs || price.atMs < lastMs;
    lastMs = price.atMs;
    show(
      price,
      (unsure ? read(startMs) : undefined) ?? fold(same?.candle, price, startMs),
      same?.closed ?? false,
    );
    if (!same?.closed) closeInTime(price, startMs);
  }
  function begin() {
    const busy = () => {
      const waits = [...listeners].flatMap((listener) => listener.busy() ?? []);
      return waits.length > 0 ? Promise.all(waits).then(() => {}) : undefined;
    };
    const { snapshot, unsubscribe: leave } = subscribeTicks(source, onTick, busy);
    unsubscribe = leave;
    const price = snapshot ?? source.current();
    lastMs = price?.atMs ?? 0;
    if (!price) return;
    const [startMs = candleStart(resolution, price.atMs)] = source.lastCandleStarts(
      resolution,
      price.atMs + 1,
      1,
    );
    const candle = read(startMs);
    if (!candle) return;
    bar = { price, candle, closed: leftMs(price, startMs) <= 0 };
    if (!bar.closed) closeInTime(price, startMs);
  }
  return {
    listen(listener: BarListener): { bar: Bar | undefined; leave(): void } {
      listeners.add(listener);
      if (listeners.size === 1) begin();
      return {
        bar,
        leave() {
          if (!listeners.delete(listener) || listeners.size > 0) return;
          unsubscribe();
          cancelClose?.();
          bar = cancelClose = undefined;
        },
      };
    },
  };
}

/** The items `CHART:{epic}:…` of one source, by the last part of their name: `TICK` and the scales. */
export function createCharts(source: PriceSource, clock: Clock): ReadonlyMap<string, Item> {
  const tick = createItem(
    'DISTINCT',
    tickFields,
    (deliver, { busy }) => subscribeTicks(source, deliver, busy).unsubscribe,
  );
  const candleItem = (resolution: Resolution) => {
    const feed = createCandleFeed(source, resolution, clock);
    return createItem('MERGE', candleFields, (deliver, { snapshot, busy }) => {
      const { bar, leave } = feed.listen({ onBar: deliver, busy });
      if (snapshot > 0 && bar) deliver(bar);
      return leave;
    });
  };
  return new Map([
    ['TICK', tick],
    ...Object.entries(chartScales).map(([name, resolution]) => [name, candleItem(resolution)] as const),
  ]);
}
