// Following the candles of one market: the forming one, its changes, and each that is over, in order, late changes included.
import type { Candle, CandleUpdate, Resolution } from '../../../../shared/candles.ts';
import type { Clock } from '../../../lib/clock.ts';
import { once } from '../../../lib/once.ts';
import type { CandleKey, PriceInterest } from '../ports.ts';
import { lateForMs } from './builder.ts';
import type { CandleNews } from './news.ts';
import type { CandleReader } from './reader.ts';
import { spanAt } from './spans.ts';

/** Candles looked at at once: five minutes of seconds, and what a reader that was held up for an hour has missed of them. */
const maxPerLook = 4_000;

interface Watched {
  key: CandleKey;
  resolution: Resolution;
  zone: string;
}

export function createCandleWatch({
  reader,
  news,
  interest,
  clock,
}: {
  reader: Pick<CandleReader, 'read'>;
  news: CandleNews;
  interest: PriceInterest;
  clock: Clock;
}) {
  /** Those who watch the same read it once. */
  const readFrom = once(
    async ({ key, resolution, zone }: Watched, fromMs: number) =>
      (
        await reader.read({
          key,
          resolution,
          zone,
          range: { startMs: fromMs, endMs: clock.now().getTime() + 1 },
          limit: maxPerLook,
        })
      ).candles,
    ({ key, resolution, zone }, fromMs) => `${key.feed} ${key.epic} ${resolution} ${zone} ${fromMs}`,
  );

  /**
   * Keeps the market streamed, yields the candle that forms (as soon as there is one), and from then on each change, at most one a second
   * and candle: of the forming one, of those that are over, and of those that a late quote has changed or history has completed. Ends with `signal`.
   */
  return async function* watch(
    watched: Watched,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<CandleUpdate, void> {
    const { key, resolution, zone } = watched;
    const beganMs = spanAt(resolution, zone, clock.now().getTime()).startMs;
    const told = new Map<number, string>();
    let woken = Promise.withResolvers<void>();
    const wake = () => woken.resolve();
    signal?.addEventListener('abort', wake);
    const release = interest.want(key.feed, [key.epic]);
    let leave: () => void = () => undefined;
    try {
      leave = await news.listen(key, wake);
      for (let lookedMs = beganMs; !signal?.aborted;) {
        woken = Promise.withResolvers();
        const nowMs = clock.now().getTime();
        // Late quotes change those of the last minutes; history completes the one before, however long ago that began.
        const before = spanAt(resolution, zone, spanAt(resolution, zone, nowMs).startMs - 1).startMs;
        const oldest = spanAt(resolution, zone, Math.min(lookedMs, nowMs - lateForMs, before)).startMs;
        const fromMs = Math.max(beganMs, oldest);
        const candles = await readFrom(watched, fromMs);
        for (const startMs of told.keys()) if (startMs < fromMs) told.delete(startMs);
        for (const candle of candles) {
          const text = textOf(candle);
          if (told.get(candle.startAt.getTime()) === text) continue;
          told.set(candle.startAt.getTime(), text);
          yield { ...key, resolution, zone, ...candle };
          if (signal?.aborted) return;
        }
        const last = candles.length === maxPerLook ? candles.at(-1) : undefined;
        lookedMs = last?.startAt.getTime() ?? nowMs;
        if (!last) await woken.promise;
      }
    } finally {
      leave();
      release();
      signal?.removeEventListener('abort', wake);
    }
  };
}

const textOf = ({ open, high, low, close, ticks, complete, revision }: Candle): string =>
  JSON.stringify([open, high, low, close, ticks, complete, revision]);
