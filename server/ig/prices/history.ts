// IG's price history, a page at a time and within the points that it costs. Who asks for what, and where candles are kept, is not decided here.
import { z } from 'zod';
import type { Resolution } from '../../../shared/candles.ts';
import type { Clock } from '../../lib/clock.ts';
import { once } from '../../lib/once.ts';
import { decimalText } from '../decimal-text.ts';
import { outward, read } from '../rest/door.ts';
import type { PointsBudget } from '../rest/history-points.ts';
import type { ToldPoints } from '../rest/history-points-rules.ts';
import type { Reader } from '../rest/reader.ts';
import type { IgSession } from '../rest/session.ts';

/** As IG names them; ours are named alike. */
export type HistoryResolution = Resolution;

/** A whole price, or a side of it, is absent where nothing was quoted. `lastTraded` is an exchange's, which IG's markets are not. */
const Price = z.object({ bid: z.string().nullish(), ask: z.string().nullish() }).nullish();
const count = z.string().regex(/^\d{1,15}$/);
/** GET /prices/{epic} v3. `snapshotTimeUTC` is when a candle starts; `allowanceExpiry` is seconds. */
export const PricesAnswer = z.object({
  prices: z.array(
    z.object({
      snapshotTimeUTC: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      /** The same in the login's local time of then: `2018/04/26 23:42:00`. */
      snapshotTime: z.string().optional(),
      openPrice: Price,
      closePrice: Price,
      highPrice: Price,
      lowPrice: Price,
      lastTradedVolume: z.string().nullish(),
    }),
  ),
  metadata: z.object({
    allowance: z.object({ remainingAllowance: count, totalAllowance: count, allowanceExpiry: count }),
    pageData: z.object({ totalPages: count }),
  }),
});

export interface HistoryPrice {
  bid: string | null;
  offer: string | null;
}
export interface HistoryCandle {
  /** When it starts. */
  at: Date;
  open: HistoryPrice;
  high: HistoryPrice;
  low: HistoryPrice;
  close: HistoryPrice;
  /** The broker's count of price changes; null where it tells none. */
  ticks: string | null;
}
export interface HistoryPage {
  /** Oldest first; the last of a range that reaches to now is still forming. */
  candles: HistoryCandle[];
  /** 0 where there is nothing. */
  pages: number;
  /** Minutes by which the login's local time was taken to be ahead of UTC, for the ends of the range. */
  askedOffsetMinutes: number;
  /** What it was at the first and at the last candle, where that is told. */
  offsetsMinutes: { first: number; last: number } | null;
}
export interface HistoryQuestion {
  epic: string;
  resolution: HistoryResolution;
  /** Both ends included, in whole seconds. Asked for by the login's local time: as at present, or as `offsetMinutes` says it was then. */
  from: Date;
  to: Date;
  offsetMinutes?: number | undefined;
  /** From 1 on. */
  page: number;
  /** Candles of a page: so many points it costs at most. */
  size: number;
}

/**
 * Asks for one page, and equal questions at the same time once. Each candle costs a point of the week. Throws broker.* AppErrors:
 * broker.limited when fewer than `size` points or too few reads are left, without asking the broker.
 */
export function createPriceHistory({
  reader,
  session,
  points,
  clock,
}: {
  reader: Pick<Reader, 'get'>;
  session: IgSession;
  points: PointsBudget;
  clock: Clock;
}) {
  return once(
    async (question: HistoryQuestion): Promise<HistoryPage> => {
      const { accountId, timezoneOffsetMinutes } = await session.current();
      const askedOffsetMinutes = question.offsetMinutes ?? timezoneOffsetMinutes;
      const path = pathOf(question, askedOffsetMinutes);
      const { candles, pages, offsetsMinutes } = await outward(
        points.spend(question.size, {
          accountId,
          // Once: what was not answered may have cost its points.
          request: () => reader.get(path, 3, { by: 'backfill', retries: 0 }),
          read: (answer) => toPage(read(PricesAnswer, answer), clock.now()),
        }),
      );
      return { candles, pages, askedOffsetMinutes, offsetsMinutes };
    },
    (question) => JSON.stringify(question),
  );
}
export type PriceHistory = ReturnType<typeof createPriceHistory>;

/** IG REST: GET /prices/{epic} v3; `from` and `to` in the account's local time. */
function pathOf({ epic, resolution, from, to, page, size }: HistoryQuestion, offsetMinutes: number): string {
  const local = (at: Date) =>
    new Date(at.getTime() + offsetMinutes * 60_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const query = new URLSearchParams({
    resolution,
    from: local(from),
    to: local(to),
    pageSize: String(size),
    pageNumber: String(page),
  });
  return `/prices/${encodeURIComponent(epic)}?${query.toString()}`;
}

const priceOf = (price: z.output<typeof Price>): HistoryPrice => ({
  bid: decimalText(price?.bid),
  offer: decimalText(price?.ask),
});

/** How far the local time of a row is ahead of UTC, in minutes; null where it is not told in the form that is known. */
function offsetOf(row: z.output<typeof PricesAnswer>['prices'][number] | undefined): number | null {
  const [, day, time] = /^(\d{4}\/\d\d\/\d\d) (\d\d:\d\d:\d\d)$/.exec(row?.snapshotTime ?? '') ?? [];
  if (!row || day === undefined) return null;
  const localMs = Date.parse(`${day.replaceAll('/', '-')}T${time}Z`);
  const offset = (localMs - Date.parse(`${row.snapshotTimeUTC}Z`)) / 60_000;
  return Number.isInteger(offset) && Math.abs(offset) <= 15 * 60 ? offset : null;
}

export function toPage(
  { prices, metadata: { allowance, pageData } }: z.output<typeof PricesAnswer>,
  answeredAt: Date,
): Omit<HistoryPage, 'askedOffsetMinutes'> & { told: ToldPoints } {
  const [first, last] = [offsetOf(prices[0]), offsetOf(prices.at(-1))];
  return {
    offsetsMinutes: first === null || last === null ? null : { first, last },
    candles: prices.map((row) => ({
      at: new Date(`${row.snapshotTimeUTC}Z`),
      open: priceOf(row.openPrice),
      high: priceOf(row.highPrice),
      low: priceOf(row.lowPrice),
      close: priceOf(row.closePrice),
      ticks: decimalText(row.lastTradedVolume),
    })),
    pages: Number(pageData.totalPages),
    told: {
      granted: Number(allowance.totalAllowance),
      left: Number(allowance.remainingAllowance),
      endsMs: answeredAt.getTime() + Number(allowance.allowanceExpiry) * 1_000,
    },
  };
}
