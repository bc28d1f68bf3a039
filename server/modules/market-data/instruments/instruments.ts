// Markets as they are known here: from memory, from the store, else from the broker, which is asked for what is too old or missing. Prices are elsewhere.
import type { MarketHours } from '../../../../shared/instruments.ts';
import { AppError } from '../../../lib/app-error.ts';
import { putNewest } from '../../../lib/bounded.ts';
import type { Clock } from '../../../lib/clock.ts';
import { gathering } from '../../../lib/gather.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createTrouble } from '../../../lib/trouble.ts';
import { within } from '../../../lib/within.ts';
import type { MarketCatalogue } from '../ports.ts';
import { changesAtMs, hoursAt } from './hours.ts';
import type { InstrumentRow, InstrumentStore } from './store.ts';
import { toInstrument, type Instrument } from './stored.ts';

/** Instrument and rules change by the day. A deal never rests on what is stored: it reads its market itself. */
export const detailsFreshMs = 3_600_000;
/** So long a feed is believed to know no such market: it may list it any day. Many of them in one question cost IG's allowance most. */
export const unknownFreshMs = 3_600_000;
/** What this process knows of what others read is as old as this at most. */
export const rememberedMs = 30_000;
/** `askedAt` is written this seldom. */
export const askedEveryMs = 3_600_000;
/** Markets remembered here, some 3 kB each; those looked at longest ago go first. */
const maxRemembered = 5_000;
/** Feeds whose questions are put together; the longest unused go first. */
const maxFinders = 500;
/** When PostgreSQL has not answered by then the broker is asked, and PostgreSQL no more for a while: prices do not need it. */
const storeTimeoutMs = 1_000;
const withoutStoreMs = 5_000;

export interface Looked {
  known: ReadonlyMap<string, Instrument>;
  /** The feed knows none such. */
  unknown: ReadonlySet<string>;
  /** Why some of those asked for are neither, or are older than they should be: the broker did not tell. */
  problem: AppError | null;
}
interface Remembered {
  row: Omit<InstrumentRow, 'askedAt'>;
  lookedMs: number;
  hours?: { told: MarketHours | null; fromMs: number; untilMs: number };
}
export type Instruments = ReturnType<typeof createInstruments>;

/** Without a `store` nothing outlives this process. */
export function createInstruments({
  store,
  catalogue,
  clock,
  logger,
}: {
  store: InstrumentStore | null;
  catalogue: Pick<MarketCatalogue, 'describe'>;
  clock: Clock;
  logger: Logger;
}) {
  const memory = new Map<string, Remembered>();
  const keyOf = (feed: string, epic: string) => `${feed} ${epic}`;
  const remember = (feed: string, row: Remembered['row']) =>
    putNewest(memory, keyOf(feed, row.epic), { row, lookedMs: clock.monotonicMs() }, maxRemembered);
  const storing = createTrouble(logger, 'stored markets cannot be used', 'stored markets can be used again');
  let withoutStoreUntilMs = Number.NEGATIVE_INFINITY;
  /** What `work` gives; `otherwise` while the store cannot be used. */
  async function throughStore<T>(otherwise: T, work: (store: InstrumentStore) => Promise<T>): Promise<T> {
    if (!store || clock.monotonicMs() < withoutStoreUntilMs) return otherwise;
    try {
      const done = await within(clock, storeTimeoutMs, () => work(store));
      storing.worked();
      return done;
    } catch (err) {
      withoutStoreUntilMs = clock.monotonicMs() + withoutStoreMs;
      storing.failed(err);
      return otherwise;
    }
  }
  const isFresh = ({ instrument, checkedAt }: Remembered['row'], now: Date) =>
    instrument ? ageMs(instrument.readAt, now) <= detailsFreshMs : ageMs(checkedAt, now) <= unknownFreshMs;

  /** Asks the broker, and keeps what it tells. */
  async function ask(feed: string, epics: readonly string[], backfill: boolean): Promise<void> {
    const checkedAt = clock.now();
    const told = (await catalogue.describe(feed, epics, { backfill })).map(toInstrument);
    const found = new Map(told.map((each) => [each.market.epic, each]));
    for (const epic of epics) remember(feed, { epic, instrument: found.get(epic) ?? null, checkedAt });
    const unknown = epics.filter((epic) => !found.has(epic));
    await throughStore(undefined, (rows) =>
      rows.write(feed, { known: told, unknown, checkedAt }, clock.now()),
    );
  }
  /** Reads what this process does not know for sure of the store. */
  async function recall(feed: string, epics: readonly string[]): Promise<void> {
    const rows = await throughStore([], (stored) => stored.list(feed, epics));
    const now = clock.now();
    for (const row of rows) remember(feed, row);
    const asked = rows.filter(({ askedAt }) => ageMs(askedAt, now) > askedEveryMs).map(({ epic }) => epic);
    if (asked.length > 0) await throughStore(undefined, (stored) => stored.touch(feed, asked, now));
  }

  /** Who asks at the same time for other markets of a feed shares one look at the store, and one question to the broker. */
  const finders = new Map<string, ReturnType<typeof gathering>>();
  function finderOf(feed: string): ReturnType<typeof gathering> {
    const known = finders.get(feed);
    if (known) return known;
    const made = gathering(async (epics) => {
      await recall(feed, epics);
      const now = clock.now();
      const due = epics.filter((epic) => {
        const row = memory.get(keyOf(feed, epic))?.row;
        return !row || !isFresh(row, now);
      });
      if (due.length > 0) await ask(feed, due, false);
    });
    putNewest(finders, feed, made, maxFinders);
    return made;
  }

  return {
    /**
     * What is known of `epics` on `feed`, whose right to see it was checked. Costs a request of the broker's allowance only for what was
     * never read, or longer ago than it stays fresh. Throws market_data.unknown_feed.
     */
    async look(feed: string, epics: readonly string[]): Promise<Looked> {
      const wanted = [...new Set(epics)];
      const rowOf = (epic: string) => memory.get(keyOf(feed, epic));
      const [now, nowMs] = [clock.now(), clock.monotonicMs()];
      const doubtful = wanted.filter((epic) => {
        const kept = rowOf(epic);
        return !kept || nowMs - kept.lookedMs > rememberedMs || !isFresh(kept.row, now);
      });
      let problem: AppError | null = null;
      if (doubtful.length > 0)
        await finderOf(feed)(doubtful).catch((error: unknown) => {
          if (!isBrokers(error)) throw error;
          problem = error;
        });
      const rows = wanted.flatMap((epic) => rowOf(epic)?.row ?? []);
      return {
        known: new Map(rows.flatMap(({ epic, instrument }) => (instrument ? [[epic, instrument]] : []))),
        unknown: new Set(rows.flatMap(({ epic, instrument }) => (instrument ? [] : [epic]))),
        problem,
      };
    },
    /** Markets known here whose name or epic fits, without asking the broker; none while the store cannot be used. */
    search: (feed: string, query: string, limit: number): Promise<Instrument[]> =>
      throughStore([], (stored) => stored.search(feed, query, limit)),
    /** Reads up to 50 markets anew, after everybody who waits for something. Throws broker.* AppErrors. */
    refresh: (feed: string, epics: readonly string[]): Promise<void> => ask(feed, epics, true),
    /** The hours of a market now, computed once between two changes of theirs. */
    hoursOf(feed: string, { market, schedule }: Instrument): MarketHours | null {
      if (!schedule) return null;
      const at = clock.now();
      const nowMs = at.getTime();
      const entry = memory.get(keyOf(feed, market.epic));
      const kept = entry?.row.instrument?.schedule === schedule ? entry.hours : undefined;
      if (kept && kept.fromMs <= nowMs && nowMs < kept.untilMs) return kept.told;
      const told = hoursAt(schedule, at);
      if (entry?.row.instrument?.schedule === schedule)
        entry.hours = { told, fromMs: nowMs, untilMs: told ? changesAtMs(told) : Number.POSITIVE_INFINITY };
      return told;
    },
  };
}

/** The broker's failure, or that of our part in its allowance; whose feed it is was known before. */
const isBrokers = (error: unknown): error is AppError =>
  error instanceof AppError && error.code.startsWith('broker.');
