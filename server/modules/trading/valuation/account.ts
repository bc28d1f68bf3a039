// An account at the prices of this moment: its positions and figures. Reads only; again and again as prices move is in watch.ts.
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, Position, Valuation } from '../../../../shared/trading.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Accounts, BrokerAccount, PriceFeed } from '../ports.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { RiskRow, RiskStore } from '../risk/store.ts';
import { toValuation } from './views.ts';
import { rateEpics } from './worth.ts';

interface AccountValuesDeps {
  positionStore: PositionStore;
  riskStore: RiskStore;
  accounts: Accounts;
  prices: PriceFeed;
  clock: Clock;
  logger: Logger;
}
export type AccountValues = ReturnType<typeof createAccountValues>;

/** What a valuation is made of. */
export interface AccountState {
  rows: PositionRow[];
  risk: RiskRow | undefined;
  markets: Map<string, Market>;
  ticks: ReadonlyMap<string, Tick>;
}

export function createAccountValues(deps: AccountValuesDeps) {
  const { positionStore, riskStore, accounts, prices, clock, logger } = deps;
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
  function value(account: BrokerAccount, state: AccountState): Valuation {
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
  async function load(account: BrokerAccount): Promise<AccountState> {
    const [rows, risk] = await Promise.all([positionStore.listOpen(account.id), riskStore.find(account.id)]);
    return { rows, risk, markets: await marketsOf(account, rows), ticks: new Map() };
  }
  /** Where nothing is streamed here, prices are read: seconds old. */
  async function loadFresh(account: BrokerAccount): Promise<AccountState> {
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
    load,
    value,
    /** Open positions, oldest first. Throws accounts.*. */
    positions: async (userId: string, accountId?: string): Promise<Position[]> =>
      (await now(userId, accountId)).positions,
    summary: async (userId: string, accountId?: string): Promise<AccountSummary> =>
      (await now(userId, accountId)).summary,
  };
}
