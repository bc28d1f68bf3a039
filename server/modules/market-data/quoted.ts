// What other modules learn of markets by their epics: whose feed quotes them in which money, and what days closed at, as stored. Buys no history.
import { Epic } from '../../../shared/primitives.ts';
import { dateIn, startOfDate } from '../../lib/local-days.ts';
import type { createStoredCandles } from './candles/stored-candles.ts';
import type { Instruments } from './instruments/instruments.ts';
import type { CandleKey, FeedAccess } from './ports.ts';

/** A market of a feed; `currency` is its default one, which its prices are of. */
export interface QuotedMarket extends CandleKey {
  currency: string;
}
/** The last quote of a day that is stored; a side is null where it had none. */
export interface DayClose {
  on: string;
  bid: string | null;
  offer: string | null;
}
export interface Days {
  /** The first and the last one, such as `2026-03-29`. */
  from: string;
  to: string;
  timeZone: string;
}
/** IG's ids begin so; nothing else is looked up. */
const isEpic = (name: string) => /^[A-Z]{2}\.[A-Z]\./.test(name) && Epic.safeParse(name).success;
/** Days read in one question: finding out when they begin takes some 50 µs each, and nobody has a turn meanwhile. */
const daysAtOnce = 100;
const dayMs = 86_400_000;

export function createQuoted({
  instruments,
  candles,
  access,
}: {
  instruments: Pick<Instruments, 'look'>;
  candles: Pick<ReturnType<typeof createStoredCandles>, 'read'>;
  access: FeedAccess;
}) {
  return {
    /**
     * Those of `names` that are markets of the user's default feed. Asks the broker only about an epic that was never looked at, or
     * longer ago than its details stay fresh; what it does not tell then is left out. Throws market_data.unknown_feed.
     */
    async markets(userId: string, names: readonly string[]): Promise<QuotedMarket[]> {
      const epics = names.filter(isEpic);
      const [feed] = epics.length === 0 ? [] : await access.of(userId);
      if (feed === undefined) return [];
      const { known } = await instruments.look(feed, epics);
      return [...known].flatMap(([epic, { market }]) => {
        const [first] = market.currencies;
        const money = market.currencies.find(({ isDefault }) => isDefault) ?? first;
        return money ? [{ feed, epic, currency: money.code }] : [];
      });
    },
    /** What days of a zone closed at, the oldest first; a day of which nothing is stored is left out. */
    async closes({ feed, epic }: CandleKey, { from, to, timeZone }: Days): Promise<DayClose[]> {
      const closes: DayClose[] = [];
      const endMs = startOf(timeZone, to, 1);
      let startMs: number | null = startOf(timeZone, from);
      while (startMs !== null) {
        const range = { startMs, endMs };
        const question = { key: { feed, epic }, resolution: 'DAY', zone: timeZone, range } as const;
        const { candles: days, nextMs } = await candles.read({ ...question, limit: daysAtOnce });
        for (const { startAt, close } of days)
          closes.push({ on: dateIn(timeZone, startAt.getTime()), bid: close.bid, offer: close.offer });
        startMs = nextMs;
      }
      return closes;
    },
  };
}

function startOf(zone: string, on: string, later = 0): number {
  const date = new Date(Date.parse(on) + later * dayMs);
  return startOfDate(zone, {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  });
}
