// Use cases of candles: a page of them, and following them. Which market and whose feed is decided before.
import {
  earliestCandleAt,
  type CandlePage,
  type CandleUpdate,
  type GetCandles,
  type WatchCandles,
} from '../../../../shared/candles.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { notOurCursor } from '../../../lib/keyset.ts';
import type { Span } from '../ports.ts';
import { formatted } from './formats.ts';
import type { CandleReader } from './reader.ts';
import { startBefore } from './spans.ts';
import type { createCandleWatch } from './watch.ts';

/** Of one market that is there: `feed` and `zone` are settled. */
type Settled<Input> = Omit<Input, 'feed' | 'zone'> & { feed: string; zone: string };
export type CandleService = ReturnType<typeof createCandleService>;

export function createCandleService({
  reader,
  watch,
  clock,
}: {
  reader: CandleReader;
  watch: ReturnType<typeof createCandleWatch>;
  clock: Clock;
}) {
  return {
    /** Throws request.invalid for a range or a cursor that is none, naming its field. */
    async page({
      feed,
      epic,
      resolution,
      zone,
      limit,
      format,
      ...asked
    }: Settled<GetCandles>): Promise<CandlePage> {
      const nowMs = clock.now().getTime();
      const range = rangeOf(asked, nowMs, (toMs) => startBefore(resolution, zone, toMs, limit));
      const { candles, gaps, nextMs } = await reader.page({
        key: { feed, epic },
        resolution,
        zone,
        range,
        limit,
      });
      const about = {
        feed,
        epic,
        resolution,
        zone,
        gaps,
        nextCursor: nextMs === null ? null : toCursor(nextMs),
      };
      return formatted(about, candles, format);
    },

    watch: (
      { feed, epic, resolution, zone }: Settled<WatchCandles>,
      signal: AbortSignal | undefined,
    ): AsyncIterable<CandleUpdate> => watch({ key: { feed, epic }, resolution, zone }, signal),
  };
}

/** Of a process that shows prices and no candles. */
export const noCandles: CandleService = {
  page: async ({ feed, epic, resolution, zone, format }) =>
    formatted({ feed, epic, resolution, zone, gaps: [], nextCursor: null }, [], format),
  async *watch() {},
};

/** What a page is read of; a cursor takes the place of `from`. */
function rangeOf(
  { from, to, cursor }: Pick<GetCandles, 'from' | 'to' | 'cursor'>,
  nowMs: number,
  startOfLatest: (toMs: number) => number,
): Span {
  const now = new Date(nowMs).toISOString();
  const refuse = (field: string, problem: string) => {
    throw new AppError('request.invalid', { fields: { [field]: problem } });
  };
  for (const [field, at] of Object.entries({ from, to })) {
    if (at && at < earliestCandleAt)
      refuse(field, `is before ${earliestCandleAt.toISOString()}: no broker has history from then`);
  }
  if (from && from.getTime() > nowMs) refuse('from', `is in the future: it is ${now} here`);
  if (from && to && from >= to) refuse('from', 'must be before to: swap them, or leave one out');
  const endMs = Math.min(to?.getTime() ?? Infinity, nowMs + 1);
  const startMs = from?.getTime() ?? Math.max(startOfLatest(endMs), earliestCandleAt.getTime());
  if (cursor === undefined) return { startMs, endMs };
  const nextMs = fromCursor(cursor);
  if (nextMs === undefined || nextMs < startMs - (from ? 0 : Infinity) || nextMs >= endMs)
    refuse('cursor', notOurCursor);
  return { startMs: nextMs!, endMs };
}

const toCursor = (ms: number): string => Buffer.from(`candles.${ms}`).toString('base64url');
function fromCursor(cursor: string): number | undefined {
  const [, ms] = /^candles\.(\d{12,14})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return ms === undefined ? undefined : Number(ms);
}
