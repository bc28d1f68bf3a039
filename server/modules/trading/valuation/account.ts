// An account at the prices of this moment: its positions and figures. Reads only; again and again as prices move is in watch.ts.
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type {
  AccountSummary,
  ListPositions,
  OneOfAccount,
  Position,
  PositionList,
  Valuation,
} from '../../../../shared/trading.ts';
import type { AnyPosition } from '../../../../shared/trading-reads.ts';
import { isLoginFeed } from '../../../../shared/feeds.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { inSlices } from '../../../lib/slices.ts';
import { within } from '../../../lib/within.ts';
import type { Accounts, BrokerAccount, PriceFeed, UserEvents } from '../ports.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { RiskRow, RiskStore } from '../risk/store.ts';
import { addTo, asOf, createValuer, noSum, toSummary, type Valuer } from './views.ts';
import { rateEpics } from '../../../../shared/worth.ts';

/** Positions valued in one turn of the event loop: some 15 µs each, and what they leave to be collected. */
export const valuedAtOnce = 50;

interface AccountValuesDeps {
  positionStore: PositionStore;
  riskStore: RiskStore;
  accounts: Accounts;
  prices: PriceFeed;
  events: Pick<UserEvents, 'find'>;
  clock: Clock;
  logger: Logger;
}
export type AccountValues = ReturnType<typeof createAccountValues>;

/**
 * A reading waits for the broker this long, then shows what is stored, marked stale: some ten times what two questions take; and of an
 * account whose broker is known to be away only as long as what is kept here takes to answer.
 */
export const patience = { ms: 3_000, whileAwayMs: 250 };

/** What positions are valued by. */
export interface Priced {
  markets: Map<string, Market>;
  /** Prices just read, for those that are not streamed here. */
  ticks: ReadonlyMap<string, Tick>;
}
export const unpriced: Priced = { markets: new Map(), ticks: new Map() };

export function createAccountValues(deps: AccountValuesDeps) {
  const { positionStore, riskStore, accounts, prices, events, clock, logger } = deps;
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
  /** Streamed prices where there are some, else those just read, else the market's own, which is not live. `closedAt`: those at which something was closed. */
  function valuerOf(
    account: BrokerAccount,
    { markets, ticks }: Priced,
    closedAt?: { epic: string; level: string },
  ): Valuer {
    const tickOf = (epic: string): Pick<Tick, 'bid' | 'offer' | 'stale'> | undefined => {
      if (epic === closedAt?.epic) return { bid: closedAt.level, offer: closedAt.level, stale: false };
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
  async function priceNow(
    account: BrokerAccount,
    rows: readonly PositionRow[],
    risk: Pick<RiskRow, 'health'> | undefined,
  ): Promise<Priced> {
    if (account.disconnectedAt && isLoginFeed(account.feed)) return unpriced; // it went with the login
    const found: Priced = { markets: new Map(), ticks: new Map() };
    const read = async (): Promise<Priced> => {
      found.markets = await marketsOf(account, rows);
      const silent = [...found.markets.keys()].filter(
        (epic) => prices.latest(account.feed, epic)?.stale !== false,
      );
      const quotes = await prices.quotes(account.feed, silent);
      return { ...found, ticks: new Map(quotes.map((tick) => [tick.epic, tick])) };
    };
    try {
      return await within(
        clock,
        risk?.health?.state === 'offline' ? patience.whileAwayMs : patience.ms,
        read,
      );
    } catch (err) {
      logger.warn({ err, account: account.id }, 'positions are shown at older prices');
      return found;
    }
  }
  /** An account and all its open positions, oldest first. Throws accounts.*. */
  async function whole(userId: string, accountId?: string): Promise<Valuation> {
    const account = await accounts.forUser(userId, accountId);
    const [rows, risk] = await Promise.all([positionStore.listOpen(account.id), riskStore.find(account.id)]);
    const { toPosition } = valuerOf(account, await priceNow(account, rows, risk));
    const sum = noSum();
    const positions: Position[] = [];
    await inSlices(rows, valuedAtOnce, (row) => {
      const position = toPosition(row);
      positions.push(position);
      addTo(sum, position);
    });
    return { summary: toSummary(account, risk, sum, clock.now()), positions };
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
      const { toPosition } = valuerOf(account, await priceNow(account, rows, risk));
      return { positions: rows.map(toPosition), asOf: asOf(account, risk, clock.now()), nextCursor };
    },
    /** One that is open or was. Throws trading.position_not_found, also for somebody else's; accounts.*. */
    async position(userId: string, { accountId, dealId }: OneOfAccount): Promise<AnyPosition> {
      const account = await accounts.forUser(userId, accountId);
      const found = await positionStore.findOf(userId, dealId);
      const row = found.find((each) => each.accountId === account.id);
      if (!row) throw new AppError('trading.position_not_found', { message: neverThere });
      const { closedAt } = row;
      const valuer = closedAt
        ? worthless(account)
        : valuerOf(account, await priceNow(account, [row], await riskStore.find(account.id)));
      return { ...valuer.toPosition(row), closedAt };
    },
    /**
     * What the last part of a closed position made, in the account's currency at today's rate, and when; null where it is not known, since
     * the broker did not tell its level; `open`: it is not closed as far as is known here. Throws accounts.*.
     */
    async realised(
      userId: string,
      accountId: string,
      dealId: string,
    ): Promise<{ profit: string; at: Date } | null | 'open'> {
      const account = await accounts.forUser(userId, accountId);
      const row = (await positionStore.findOf(userId, dealId)).find((each) => each.accountId === account.id);
      if (!row?.closedAt) return 'open';
      // After the row: what closed it is committed with it.
      const closing = await events.find({ userId, stream: 'trading' }, 'position.closed', {
        accountId,
        dealId,
      });
      if (!closing || closing.data.closeLevel === null) return null;
      const { closedSize: size, closeLevel: level } = closing.data;
      const priced = await priceNow(account, [row], await riskStore.find(account.id));
      const { toPosition } = valuerOf(account, priced, { epic: row.epic, level });
      const { runningProfit: profit } = toPosition({ ...row, size });
      return profit === null ? null : { profit, at: row.closedAt };
    },
    whole,
    /** Throws accounts.*. */
    summary: async (userId: string, accountId?: string): Promise<AccountSummary> =>
      (await whole(userId, accountId)).summary,
  };
}

/** What is closed has no price any more. */
const worthless = (account: BrokerAccount): Valuer =>
  createValuer(account, { tickOf: () => undefined, marketOf: () => undefined });
const neverThere =
  'You have and had no such position: GET /api/trading/positions (trading.listPositions) names those that are open.';
