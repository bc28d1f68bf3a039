// Positions and an account's figures as clients see them, at the prices of this moment. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, Position, Valuation } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
import type { BrokerAccount } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import type { RiskRow } from '../risk/store.ts';
import { quoteUnitValue, rateBetween, runningProfit, toMoney } from './worth.ts';

/** What is known of prices now. */
export interface Prices {
  tickOf(epic: string): Pick<Tick, 'bid' | 'offer' | 'stale'> | undefined;
  marketOf(epic: string): Market | undefined;
}

const fromRow = [
  'accountId',
  'dealId',
  'dealReference',
  'epic',
  'name',
  'direction',
  'size',
  'level',
  'currency',
  'stopLevel',
  'limitLevel',
  'source',
  'openedAt',
] as const satisfies readonly (keyof Position)[];

function toPosition(
  row: PositionRow,
  { environment, currency: accountCurrency }: BrokerAccount,
  prices: Prices,
): Position {
  const [tick, market] = [prices.tickOf(row.epic), prices.marketOf(row.epic)];
  const unitValue = market ? quoteUnitValue(market) : row.contractSize;
  const profit = tick && unitValue !== null ? runningProfit(row, tick, unitValue) : null;
  const rate = rateBetween(row.currency, accountCurrency, (epic) => {
    const [pairTick, pair] = [prices.tickOf(epic), prices.marketOf(epic)];
    return pairTick && pair && { ...pairTick, ...pick(pair, ['scalingFactor', 'onePipMeans']) };
  });
  return {
    ...pick(row, fromRow),
    environment,
    bid: tick?.bid ?? null,
    offer: tick?.offer ?? null,
    priceStale: tick?.stale ?? true,
    runningProfit: profit === null ? null : toMoney(profit, rate),
  };
}

/**
 * Positions revalued, and the account's figures from them. Cash and margin are the broker's last word; so is the running profit,
 * marked stale, while a price or rate of ours is missing.
 */
export function toValuation(
  account: BrokerAccount,
  risk: RiskRow | undefined,
  rows: readonly PositionRow[],
  prices: Prices,
  at: Date,
): Valuation {
  const positions = rows.map((row) => toPosition(row, account, prices));
  const known = positions.every((position) => position.runningProfit !== null);
  const running = known
    ? positions.reduce((sum, position) => decimal.add(sum, position.runningProfit ?? '0'), '0')
    : (risk?.runningProfit ?? '0');
  const [cash, margin] = [risk?.cash ?? '0', risk?.margin ?? '0'].map(decimal.canonical) as [string, string];
  const equity = decimal.add(cash, running);
  const summary: AccountSummary = {
    accountId: account.id,
    environment: account.environment,
    currency: account.currency,
    cash,
    runningProfit: running,
    equity,
    margin,
    available: decimal.subtract(equity, margin),
    at,
    stale: !known || risk?.cash == null || positions.some(({ priceStale }) => priceStale),
  };
  return { summary, positions };
}
