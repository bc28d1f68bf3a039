// The lowest and the highest price of the last so many milliseconds: two monotonic queues, each price pushed and dropped once. Pure.

/** A price, and until when it was in force; that of the newest one is not known yet. */
interface Point {
  atMs: number;
  untilMs: number;
  value: bigint;
}
/** The lowest and the highest price that were in force at some time from `atMs` until `untilMs`. */
export interface PastPrices<Price> {
  atMs: number;
  untilMs: number;
  low: Price;
  high: Price;
}
export type Extremes = ReturnType<typeof createExtremes>;

/** Prices that were in force at any time of `(now − windowMs, now]`: also the one with which the window began. */
export function createExtremes(windowMs: number) {
  const [lows, highs] = [
    createQueue((last, value) => last >= value),
    createQueue((last, value) => last <= value),
  ];
  let nowMs = -Infinity;
  return {
    /** A price that is told with an earlier time than one before it counts as of that one’s. */
    push(atMs: number, value: bigint): void {
      nowMs = Math.max(nowMs, atMs);
      for (const queue of [lows, highs]) queue.push(nowMs, value, nowMs - windowMs);
    },
    /** Undefined before the first price. */
    get low() {
      return lows.first();
    },
    get high() {
      return highs.first();
    },
    /** Nobody knows for how long the last price is in force: it counts for the instant at which it came. */
    interrupt(): void {
      lows.interrupt();
      highs.interrupt();
    },
    /** Prices of the past, after all that are here. */
    past({ low, high, ...times }: PastPrices<bigint>): void {
      lows.append({ ...times, value: low });
      highs.append({ ...times, value: high });
    },
    /** It is so late now. */
    pass(untilMs: number): void {
      for (const queue of [lows, highs]) queue.leave(untilMs - windowMs);
    },
    /** Puts prices before all that are here, the oldest first. */
    precede(points: readonly PastPrices<bigint>[]): void {
      const firstMs = lows.points()[0]?.atMs ?? Infinity;
      const before = points.filter(({ atMs }) => atMs <= firstMs);
      const of = (side: 'low' | 'high') =>
        before.map(({ atMs, untilMs, [side]: value }) => ({
          atMs,
          untilMs: Math.min(untilMs, firstMs),
          value,
        }));
      lows.set([...of('low'), ...lows.points()]);
      highs.set([...of('high'), ...highs.points()]);
    },
  };
}

/** `isBeaten`: whether a price that is there will never be the first again once `value` has come. */
function createQueue(isBeaten: (last: bigint, value: bigint) => boolean) {
  let points: Point[] = [];
  /** What is before it has left the window; cut off when it is half of all. */
  let head = 0;
  function append(point: Point) {
    while (points.length > head && isBeaten(points.at(-1)!.value, point.value)) points.pop();
    points.push(point);
  }
  function leave(afterMs: number) {
    while (head < points.length && points[head]!.untilMs <= afterMs) head++;
    if (head > 32 && head * 2 > points.length) {
      points = points.slice(head);
      head = 0;
    }
  }
  return {
    append,
    leave,
    push(atMs: number, value: bigint, afterMs: number) {
      const last = points.at(-1);
      if (last?.untilMs === Infinity) last.untilMs = atMs;
      append({ atMs, untilMs: Infinity, value });
      leave(afterMs);
    },
    interrupt() {
      const last = points.at(-1);
      if (last?.untilMs === Infinity) last.untilMs = last.atMs;
    },
    first: (): bigint | undefined => points[head]?.value,
    points: (): readonly Point[] => points.slice(head),
    set(all: readonly Point[]) {
      points = [];
      head = 0;
      for (const point of all) append(point);
    },
  };
}
