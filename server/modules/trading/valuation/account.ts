// Reading use cases of trading: positions, deals, an account's figures, and these again as prices move. Changes nothing.
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { Page } from '../../../../shared/primitives.ts';
import type { AccountSummary, Deal, Position, Valuation } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Accounts, BrokerAccount, PriceFeed, UserEvents } from '../ports.ts';
import type { PositionRow, RiskRow, TradingStore } from '../store.ts';
import { rateEpics } from './worth.ts';
import { toDeal, toValuation } from './views.ts';

/** A valuation is told at most four times a second. */
const valuationEveryMs = 250;
/** The broker's figures (margin above all) are read again this often, though no event told of them. */
const figuresEveryMs = 2_000;
export type Portfolio = ReturnType<typeof createPortfolio>;

interface PortfolioDeps {
  store: TradingStore;
  accounts: Accounts;
  prices: PriceFeed;
  events: UserEvents;
  clock: Clock;
  logger: Logger;
}

export function createPortfolio({ store, accounts, prices, events, clock, logger }: PortfolioDeps) {
  /** The markets that value these positions, rates included. Without the broker there are none, and what they value is null. */
  async function marketsOf(
    account: BrokerAccount,
    rows: readonly PositionRow[],
  ): Promise<Map<string, Market>> {
    const epics = new Set(
      rows.flatMap(({ epic, currency }) => [epic, ...rateEpics(currency, account.currency)]),
    );
    try {
      return new Map((await prices.markets(account.feed, [...epics])).map((market) => [market.epic, market]));
    } catch (err) {
      logger.warn({ err, account: account.id }, 'positions are shown without what their markets say');
      return new Map();
    }
  }
  /** Streamed prices where there are some, else those just read, else the market's own, which is not live. */
  function value(account: BrokerAccount, state: State): Valuation {
    const tickOf = (epic: string): Pick<Tick, 'bid' | 'offer' | 'stale'> | undefined => {
      const [live, market] = [prices.latest(account.feed, epic), state.markets.get(epic)];
      return (
        (live?.stale === false ? live : undefined) ??
        state.ticks.get(epic) ??
        live ??
        (market && { bid: market.bid, offer: market.offer, stale: true })
      );
    };
    return toValuation(
      account,
      state.risk,
      state.rows,
      { tickOf, marketOf: (epic) => state.markets.get(epic) },
      clock.now(),
    );
  }
  interface State {
    rows: PositionRow[];
    risk: RiskRow | undefined;
    markets: Map<string, Market>;
    ticks: ReadonlyMap<string, Tick>;
  }
  async function load(account: BrokerAccount): Promise<State> {
    const [rows, risk] = await Promise.all([store.listOpenPositions(account.id), store.findRisk(account.id)]);
    return { rows, risk, markets: await marketsOf(account, rows), ticks: new Map() };
  }
  /** Where nothing is streamed here, prices are read: seconds old. */
  async function loadFresh(account: BrokerAccount): Promise<State> {
    const state = await load(account);
    const silent = [...state.markets.keys()].filter(
      (epic) => prices.latest(account.feed, epic)?.stale !== false,
    );
    try {
      return {
        ...state,
        ticks: new Map((await prices.quotes(account.feed, silent)).map((tick) => [tick.epic, tick])),
      };
    } catch (err) {
      logger.warn({ err, account: account.id }, 'positions are shown at older prices');
      return state;
    }
  }
  const now = async (userId: string, accountId: string | undefined): Promise<Valuation> => {
    const account = await accounts.forUser(userId, accountId);
    return value(account, await loadFresh(account));
  };

  return {
    /** Open positions, oldest first. Throws accounts.*. */
    positions: async (userId: string, accountId?: string): Promise<Position[]> =>
      (await now(userId, accountId)).positions,
    summary: async (userId: string, accountId?: string): Promise<AccountSummary> =>
      (await now(userId, accountId)).summary,
    /** Newest first. */
    async deals(
      userId: string,
      { accountId, ...page }: Page & { accountId?: string | undefined },
    ): Promise<{ deals: Deal[]; nextCursor: string | null }> {
      const account = await accounts.forUser(userId, accountId);
      const { rows, nextCursor } = await store.listDeals(account.id, page);
      return { deals: rows.map(toDeal), nextCursor };
    },
    /** Throws trading.deal_not_found, also for somebody else's. */
    async deal(userId: string, id: string): Promise<Deal> {
      const row = await store.findDeal(id);
      if (row?.userId !== userId) throw new AppError('trading.deal_not_found');
      return toDeal(row);
    },

    /**
     * An account revalued: first as it is, then on ticks and on what happens to it, at most four times a second; only the latest
     * state is ever waiting, so a slow reader costs nothing. Throws accounts.* before it begins.
     */
    async watch(
      userId: string,
      accountId: string | undefined,
      signal: AbortSignal | undefined,
    ): Promise<AsyncIterable<Valuation>> {
      const account = await accounts.forUser(userId, accountId);
      return valuations(account, signal);
    },
  };

  async function* valuations(
    account: BrokerAccount,
    outer: AbortSignal | undefined,
  ): AsyncGenerator<Valuation> {
    const stop = new AbortController();
    const end = () => stop.abort();
    outer?.addEventListener('abort', end, { once: true });
    if (outer?.aborted) end();
    let [changed, stateChanged] = [Promise.withResolvers<void>(), true];
    const nudge = () => {
      changed.resolve();
    };
    stop.signal.addEventListener('abort', nudge);
    const reload = () => {
      stateChanged = true;
      nudge();
    };
    const cancelReload = clock.every(figuresEveryMs, reload);
    void followEvents(account, stop.signal, reload);
    let watching: { key: string; stop: AbortController } | undefined;
    try {
      let state = await load(account);
      while (!stop.signal.aborted) {
        if (stateChanged) {
          stateChanged = false;
          state = await load(account);
          const epics = [...state.markets.keys()].sort();
          if (watching?.key !== epics.join()) {
            watching?.stop.abort();
            watching = { key: epics.join(), stop: new AbortController() };
            await watchPrices(account, epics, AbortSignal.any([stop.signal, watching.stop.signal]), nudge);
          }
        }
        changed = Promise.withResolvers<void>();
        yield value(account, state);
        await pause(clock, valuationEveryMs, stop.signal);
        await changed.promise;
      }
    } finally {
      end();
      watching?.stop.abort();
      cancelReload();
      outer?.removeEventListener('abort', end);
    }
  }

  /** Resolves when the first prices are there, so that a snapshot has them. */
  function watchPrices(
    account: BrokerAccount,
    epics: readonly string[],
    signal: AbortSignal,
    nudge: () => void,
  ): Promise<void> {
    if (epics.length === 0) return Promise.resolve();
    const first = Promise.withResolvers<void>();
    void (async () => {
      try {
        for await (const _ticks of prices.watch(account.feed, epics, signal)) {
          first.resolve();
          nudge();
        }
      } catch (err) {
        logger.warn({ err, account: account.id }, 'a valuation goes on without live prices');
      } finally {
        first.resolve();
      }
    })();
    return first.promise;
  }
  async function followEvents(
    account: BrokerAccount,
    signal: AbortSignal,
    reload: () => void,
  ): Promise<void> {
    try {
      for await (const message of events.follow(account.userId, 'trading', { signal }))
        if ('accountId' in message && message.accountId === account.id) reload();
    } catch (err) {
      logger.warn({ err, account: account.id }, 'a valuation goes on without events');
    }
  }
}
