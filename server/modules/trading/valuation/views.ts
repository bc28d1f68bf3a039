// Rows as clients see them: deals, positions and an account's figures at the prices of this moment. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, Deal, Position, Valuation } from '../../../../shared/trading.ts';
import type { BrokerAccount } from '../ports.ts';
import type { DealRow, PositionRow, RiskRow } from '../store.ts';
import { quoteUnitValue, rateBetween, runningProfit, toMoney } from './worth.ts';

export const toDeal = ({
  id,
  accountId,
  environment,
  kind,
  status,
  reason,
  dealReference,
  dealId,
  epic,
  direction,
  size,
  stopLevel,
  limitLevel,
  level,
  profit,
  profitCurrency,
  createdAt,
  statusAt,
  decidedAt,
}: DealRow): Deal => ({
  id,
  accountId,
  environment,
  kind,
  status,
  reason: reason && revive(reason),
  dealReference,
  dealId,
  epic,
  direction,
  size,
  stopLevel,
  limitLevel,
  level,
  profit,
  profitCurrency,
  createdAt,
  statusAt,
  decidedAt,
});

/** A stale price's instant comes back from JSON as text. */
const revive = (reason: NonNullable<DealRow['reason']>): Deal['reason'] =>
  reason.code === 'price_stale' ? { ...reason, at: reason.at && new Date(reason.at) } : reason;

/** What is known of prices now. */
export interface Prices {
  tickOf(epic: string): Pick<Tick, 'bid' | 'offer' | 'stale'> | undefined;
  marketOf(epic: string): Market | undefined;
}

function toPosition(
  row: PositionRow,
  { environment, currency: accountCurrency }: BrokerAccount,
  prices: Prices,
): Position {
  const {
    accountId,
    dealId,
    dealReference,
    epic,
    name,
    direction,
    size,
    level,
    currency,
    stopLevel,
    limitLevel,
    source,
    openedAt,
  } = row;
  const [tick, market] = [prices.tickOf(epic), prices.marketOf(epic)];
  const unitValue = market ? quoteUnitValue(market) : row.contractSize;
  const profit = tick && unitValue !== null ? runningProfit(row, tick, unitValue) : null;
  const rate = rateBetween(currency, accountCurrency, (pair) => {
    const [pairTick, pairMarket] = [prices.tickOf(pair), prices.marketOf(pair)];
    return (
      pairTick &&
      pairMarket && {
        ...pairTick,
        scalingFactor: pairMarket.scalingFactor,
        onePipMeans: pairMarket.onePipMeans,
      }
    );
  });
  return {
    accountId,
    environment,
    dealId,
    dealReference,
    epic,
    name,
    direction,
    size,
    level,
    currency,
    stopLevel,
    limitLevel,
    source,
    openedAt,
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
