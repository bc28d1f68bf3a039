// Use cases of watchlists: keeping them, and a whole list with its prices in one answer.
import type { AccountType } from '../../../../shared/accounts.ts';
import type { Tick } from '../../../../shared/market-data.ts';
import { usualMarkets } from '../../../../shared/usual-markets.ts';
import {
  maxWatchlists,
  type CreateWatchlist,
  type QuotedWatchlist,
  type UpdateWatchlist,
  type Watchlist,
  type WatchlistList,
} from '../../../../shared/watchlists.ts';
import { inTransaction, type Db, type Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import { pick } from '../../../lib/pick.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Instruments } from '../instruments/instruments.ts';
import type { LivePrices, MarketAccounts, MarketCatalogue } from '../ports.ts';
import type { MarketDataService } from '../service.ts';
import { nameKeyOf, placed } from './rules.ts';
import type { WatchlistRow, WatchlistStore } from './store.ts';

/** The list that a user finds, who has made none. */
export const firstListName = 'Popular markets';

export interface WatchlistDeps {
  db: Db;
  store: WatchlistStore;
  ids: Ids;
  clock: Clock;
  accounts: MarketAccounts;
  instruments: Instruments;
  catalogue: Pick<MarketCatalogue, 'quotes' | 'lastQuotes'>;
  prices: Pick<LivePrices, 'latest'>;
  markets: Pick<MarketDataService, 'feedOf' | 'live'>;
}
export type WatchlistService = ReturnType<typeof createWatchlistService>;

export function createWatchlistService({
  db,
  store,
  ids,
  clock,
  accounts,
  instruments,
  catalogue,
  prices,
  markets,
}: WatchlistDeps) {
  /** Which markets a new user deals in; nobody without an account is a hindrance. */
  const kindOf = (userId: string): Promise<AccountType> =>
    accounts.forUser(userId).then(
      ({ type }) => type,
      () => 'CFD',
    );
  const newRow = (
    row: Pick<WatchlistRow, 'userId' | 'name' | 'epics' | 'place'> & Partial<WatchlistRow>,
  ): WatchlistRow => ({
    id: ids.next('wl'),
    nameKey: nameKeyOf(row.name),
    version: 1,
    createdAt: clock.now(),
    updatedAt: clock.now(),
    importedFrom: null,
    environment: null,
    brokerId: null,
    brokerName: null,
    ...row,
  });
  /** One change of a user's lists after the other; a new user's first list is there before. */
  async function inSet<T>(
    userId: string,
    work: (tx: Tx, rows: readonly WatchlistRow[]) => Promise<T>,
  ): Promise<T> {
    const kind = (await store.hasSet(userId)) ? undefined : await kindOf(userId);
    return inTransaction(db, async (tx) => {
      if (await store.lockSet(tx, userId, clock.now()))
        await store.insert(
          tx,
          newRow({ userId, name: firstListName, epics: [...usualMarkets[kind ?? 'CFD']], place: 0 }),
        );
      return work(tx, await store.listOf(userId, tx));
    });
  }
  function refuseTaken(rows: readonly WatchlistRow[], name: string): void {
    const key = nameKeyOf(name);
    if (rows.some(({ nameKey }) => nameKey === key)) throw new AppError('market_data.watchlist_name_taken');
  }
  /** Throws market_data.unknown_epic naming each that the feed does not know; what nobody can say now is taken, and is named when it is read. */
  async function refuseUnknown(
    { userId, feed: asked }: { userId: string; feed: string | undefined },
    epics: readonly string[],
    kept: readonly string[] = [],
  ): Promise<void> {
    const added = epics.filter((epic) => !kept.includes(epic));
    if (added.length === 0) return;
    const feed = await markets.feedOf(userId, asked);
    const { unknown } = await instruments.look(feed, added);
    const fields = epics.flatMap((epic, index) =>
      unknown.has(epic) ? [[`epics[${index}]`, `is ${epic}, which is no market of the feed ${feed}`]] : [],
    );
    if (fields.length > 0)
      throw new AppError('market_data.unknown_epic', { fields: Object.fromEntries(fields) });
  }
  async function own(userId: string, id: string): Promise<WatchlistRow> {
    const row = await store.find(userId, id);
    if (!row) throw new AppError('market_data.watchlist_not_found');
    return row;
  }
  /** Prices of `epics`, the streamed ones first; while the broker tells none, the last that are known here, as stale. */
  async function quotesOf(feed: string, epics: readonly string[]) {
    const streamed = epics.flatMap((epic) => markets.live(feed, epic) ?? []);
    const has = new Set(streamed.map(({ epic }) => epic));
    const missing = epics.filter((epic) => !has.has(epic));
    let problem: AppError | null = null;
    let read: Tick[] = [];
    if (missing.length > 0)
      read = await catalogue.quotes(feed, missing).catch(async (error: unknown) => {
        if (!(error instanceof AppError && error.code.startsWith('broker.'))) throw error;
        problem = error;
        const remembered = await catalogue.lastQuotes(feed, missing);
        const last = missing.flatMap((epic) => prices.latest(feed, epic) ?? []);
        return [...remembered, ...last].map((tick) => ({ ...tick, stale: true }));
      });
    // Of a broker that is away the catalogue tells what it read last, without a word.
    if (read.some(({ stale }) => stale)) problem ??= new AppError('broker.unavailable');
    return {
      quotes: new Map([...streamed, ...read].map((tick) => [tick.epic, tick])),
      problem: problem as AppError | null,
    };
  }

  return {
    inSet,
    newRow,

    /** In the user's order; a new user's first list is made here. */
    async listWatchlists(userId: string): Promise<WatchlistList> {
      const rows = await store.listOf(userId);
      const all = rows.length > 0 ? rows : await inSet(userId, async (_tx, inside) => inside);
      return { watchlists: all.map(toWatchlist) };
    },

    /** A list without prices. Throws market_data.watchlist_not_found, also for somebody else's. */
    plainWatchlist: async (userId: string, id: string): Promise<Watchlist> =>
      toWatchlist(await own(userId, id)),

    /**
     * A list with the price of each of its markets, at one request to the broker at most where none of them streams. Markets that the
     * feed does not know are named, and the others answered; so it is while the broker is away. Throws market_data.watchlist_not_found
     * (also for somebody else's), market_data.no_feed, market_data.unknown_feed.
     */
    async getWatchlist(
      userId: string,
      { id, feed: asked }: { id: string; feed?: string | undefined },
    ): Promise<QuotedWatchlist> {
      const row = await own(userId, id);
      const feed = await markets.feedOf(userId, asked);
      const looked = await instruments.look(feed, row.epics);
      const { quotes, problem } = await quotesOf(
        feed,
        row.epics.filter((epic) => looked.known.has(epic)),
      );
      const met = problem ?? looked.problem;
      return {
        ...toWatchlist(row),
        feed,
        rows: row.epics.map((epic) => {
          const market = looked.known.get(epic)?.market;
          const quote = quotes.get(epic) ?? null;
          return {
            epic,
            name: market?.name ?? null,
            expiry: market?.expiry ?? null,
            marketState: quote?.marketState ?? 'offline',
            quote,
          };
        }),
        unknown: row.epics.filter((epic) => looked.unknown.has(epic)),
        problem: met && { code: met.code, message: met.message },
      };
    },

    /** At the end of the lists. Throws market_data.unknown_epic, watchlist_name_taken, too_many_watchlists. */
    async createWatchlist(userId: string, { name, epics, feed }: CreateWatchlist): Promise<Watchlist> {
      await refuseUnknown({ userId, feed }, epics);
      return inSet(userId, async (tx, rows) => {
        refuseTaken(rows, name);
        if (rows.length >= maxWatchlists) throw tooMany();
        const row = newRow({ userId, name, epics: [...epics], place: rows.length });
        await store.insert(tx, row);
        return toWatchlist(row);
      });
    },

    /** What is left out stays as it is. Throws as `createWatchlist` does, market_data.watchlist_not_found, watchlist_changed. */
    async updateWatchlist(
      userId: string,
      { id, version, name, epics, place, feed }: UpdateWatchlist,
    ): Promise<Watchlist> {
      if (epics) await refuseUnknown({ userId, feed }, epics, (await own(userId, id)).epics);
      return inSet(userId, async (tx, rows) => {
        const before = rows.find((row) => row.id === id);
        if (!before) throw new AppError('market_data.watchlist_not_found');
        if (before.version !== version) throw new AppError('market_data.watchlist_changed');
        if (name !== undefined)
          refuseTaken(
            rows.filter((row) => row !== before),
            name,
          );
        const changed = {
          ...before,
          ...(name !== undefined && { name, nameKey: nameKeyOf(name) }),
          ...(epics && { epics: [...epics] }),
          version: version + 1,
          updatedAt: clock.now(),
        };
        const order = placed(rows, id, place ?? rows.indexOf(before));
        for (const [at, row] of order.entries())
          if (row.id === id) await store.save(tx, { ...changed, place: at });
          else if (row.place !== at) await store.save(tx, { ...row, place: at });
        return toWatchlist(changed);
      });
    },

    /** Throws market_data.watchlist_not_found. */
    deleteWatchlist: (userId: string, id: string): Promise<{ id: string }> =>
      inSet(userId, async (tx) => {
        if (!(await store.remove(tx, userId, id))) throw new AppError('market_data.watchlist_not_found');
        return { id };
      }),
  };
}

const tooMany = () =>
  new AppError('market_data.too_many_watchlists', {
    message: `You have ${maxWatchlists} watchlists, which is as many as there may be: delete one first.`,
  });

const toWatchlist = ({ environment, ...row }: WatchlistRow): Watchlist => ({
  ...pick(row, ['id', 'name', 'epics', 'version', 'createdAt', 'updatedAt']),
  importedFrom: environment,
});
