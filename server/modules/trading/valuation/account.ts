// An account at the prices of this moment: its positions and figures. Reads only; again and again as prices move is in watch.ts.
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, ListPositions, PositionList } from '../../../../shared/trading.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { inSlices } from '../../../lib/slices.ts';
import type { Accounts, BrokerAccount, PriceFeed } from '../ports.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { RiskRow, RiskStore } from '../risk/store.ts';
import { addTo, asOf, createValuer, noSum, toSummary, type Valuer } from './views.ts';
import { rateEpics } from './worth.ts';

/** Positions valued in one turn of the event loop: some 15 µs each, and what they leave to be collected. */
export const valuedAtOnce = 50;

interface AccountValuesDeps {
  positionStore: PositionStore;
  riskStore: RiskStore;
  accounts: Accounts;
  prices: PriceFeed;
  clock: Clock;
  logger: Logger;
}
export type AccountValues = ReturnType<typeof createAccountValues>;

/** What positions are valued by. */
export interface Priced {
  markets: Map<string, Market>;
  /** Prices just read, for those that are not streamed here. */
  ticks: ReadonlyMap<string, Tick>;
}
export const unpriced: Priced = { markets: new Map(), ticks: new Map() };

export function createAccountValues(deps: AccountValuesDeps) {
  const { positionStore, riskStore, accounts, prices, clock, logger } = deps;
  /** The markets that value these positions, rates included. Without the broker there are none, and what they value is null. */
  async function marketsOf(
    account: BrokerAccount,
    rows: readonly PositionRow[],
  ): Promise<Map<string, Market>> {
    const epics = new Set(rows.map(({ epic }) => epic));
    for (const currency of new Set(rows.map((row) => row.currency)))
      for (const epic of rateEpics(currency, account.currency)) epics.add(epic);
    try {
      return new Map((await prices.markets(account.feed, [...epics])).map((market) => [market.epic, market]));
    } catch (err) {
      logger.warn({ err, account: account.id }, 'positions are shown without what their markets say');
      return new Map();
    }
  }
  /** Streamed prices where there are some, else those just read, else the market's own, which is not live. */
  function valuerOf(account: BrokerAccount, { markets, ticks }: Priced): Valuer {
    const tickOf = (epic: string): Pick<Tick, 'bid' | 'offer' | 'stale'> | undefined => {
      const [live, market] = [prices.latest(account.feed, epic), markets.get(epic)];
      return (
        (live?.stale === false ? live : undefined) ??
        ticks.get(epic) ??
        live ??
        (market && { bid: market.bid, offer: market.offer, stale: true })
      );
    };
    return createValuer(account, { tickOf, marketOf: (epic) => markets.get(epic) });
  }
  /** Where nothing is streamed here, prices are read: seconds old. */
  async function priceNow(account: BrokerAccount, rows: readonly PositionRow[]): Promise<Priced> {
    const markets = await marketsOf(account, rows);
    const silent = [...markets.keys()].filter((epic) => prices.latest(account.feed, epic)?.stale !== false);
    try {
      const ticks = new Map((await prices.quotes(account.feed, silent)).map((tick) => [tick.epic, tick]));
      return { markets, ticks };
    } catch (err) {
      logger.warn({ err, account: account.id }, 'positions are shown at older prices');
      return { markets, ticks: new Map() };
    }
  }

  return {
    marketsOf,
    valuerOf,
    openRows: (accountId: string): Promise<PositionRow[]> => positionStore.listOpen(accountId),
    /** Text that differs once the open rows do. */
    openVersion: (accountId: string): Promise<string> => positionStore.openVersion(accountId),
    figures: (accountId: string): Promise<RiskRow | undefined> => riskStore.find(accountId),
    /** A page of open positions, oldest first. Throws accounts.*, and request.invalid for a cursor of another list. */
    async positions(userId: string, { accountId, ...page }: ListPositions): Promise<PositionList> {
      const account = await accounts.forUser(userId, accountId);
      const [{ rows, nextCursor }, risk] = await Promise.all([
        positionStore.list(account.id, page),
        riskStore.find(account.id),
      ]);
      const { toPosition } = valuerOf(account, await priceNow(account, rows));
      return { positions: rows.map(toPosition), asOf: asOf(risk, clock.now()), nextCursor };
    },
    /** Throws accounts.*. */
    async summary(userId: string, accountId?: string): Promise<AccountSummary> {
      const account = await accounts.forUser(userId, accountId);
      const [rows, risk] = await Promise.all([
        positionStore.listOpen(account.id),
        riskStore.find(account.id),
      ]);
      const { toPosition } = valuerOf(account, await priceNow(account, rows));
      const sum = noSum();
      await inSlices(rows, valuedAtOnce, (row) => addTo(sum, toPosition(row)));
      return toSummary(account, risk, sum, clock.now());
    },
  };
}
