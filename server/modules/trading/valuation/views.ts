// Positions and an account's figures as clients see them, at the prices of this moment. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Market, Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, Position } from '../../../../shared/trading.ts';
import { isAhead } from '../../../lib/instants.ts';
import { pick } from '../../../lib/pick.ts';
import type { BrokerAccount } from '../ports.ts';
import { trailingOf } from '../positions/positions.ts';
import type { PositionRow } from '../positions/store.ts';
import type { RiskRow } from '../risk/store.ts';
import { quoteUnitValue, rateBetween, runningProfit, toMoney } from '../../../../shared/worth.ts';

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
  'guaranteedStop',
  'tag',
  'note',
  'source',
  'openedAt',
] as const satisfies readonly (keyof Position)[];

/** Gives each position as it is worth at one moment: a market's price and a currency's rate are looked up once, however many positions. */
export function createValuer({ environment, currency: accountCurrency }: BrokerAccount, prices: Prices) {
  const tickOf = remember(prices.tickOf);
  const unitValueOf = remember((epic) => {
    const market = prices.marketOf(epic);
    return market && quoteUnitValue(market);
  });
  const rateOf = remember((currency) =>
    rateBetween(currency, accountCurrency, (epic) => {
      const [tick, pair] = [tickOf(epic), prices.marketOf(epic)];
      return tick && pair && { ...tick, ...pick(pair, ['scalingFactor', 'onePipMeans']) };
    }),
  );
  return {
    /** What the worth of a position rests on beside its row: the same text, the same worth. */
    basisOf({ epic, currency }: PositionRow): string {
      const tick = tickOf(epic);
      return `${tick?.bid} ${tick?.offer} ${tick?.stale} ${unitValueOf(epic)} ${rateOf(currency)}`;
    },
    toPosition(row: PositionRow): Position {
      const tick = tickOf(row.epic);
      const unitValue = unitValueOf(row.epic) ?? row.contractSize;
      const profit = tick && unitValue !== null ? runningProfit(row, tick, unitValue) : null;
      return {
        ...pick(row, fromRow),
        trailingStop: trailingOf(row),
        environment,
        bid: tick?.bid ?? null,
        offer: tick?.offer ?? null,
        priceStale: tick?.stale ?? true,
        runningProfit: profit === null ? null : toMoney(profit, rateOf(row.currency)),
      };
    },
  };
}
export type Valuer = ReturnType<typeof createValuer>;

function remember<Value>(look: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, { value: Value }>();
  return (key) => {
    let found = known.get(key);
    if (!found) known.set(key, (found = { value: look(key) }));
    return found.value;
  };
}

/** The sum of what positions are worth, one after the other. */
export interface Sum {
  running: string;
  /** False when the profit of one is not known. */
  known: boolean;
  stale: boolean;
}
export const noSum = (): Sum => ({ running: '0', known: true, stale: false });
export function addTo(sum: Sum, { runningProfit: profit, priceStale }: Position): void {
  if (priceStale) sum.stale = true;
  if (profit === null) sum.known = false;
  else sum.running = decimal.add(sum.running, profit);
}

/**
 * The account's figures over the sum of its positions. Cash and margin are the broker's last word; so is the running profit, marked stale,
 * while a price or rate of ours is missing.
 */
export function toSummary(
  account: BrokerAccount,
  risk: RiskRow | undefined,
  sum: Sum,
  at: Date,
): AccountSummary {
  const running = sum.known ? sum.running : (risk?.runningProfit ?? '0');
  const [cash, margin] = [risk?.cash ?? '0', risk?.margin ?? '0'].map(decimal.canonical) as [string, string];
  const equity = decimal.add(cash, running);
  return {
    accountId: account.id,
    environment: account.environment,
    currency: account.currency,
    cash,
    runningProfit: running,
    equity,
    margin,
    available: decimal.subtract(equity, margin),
    at,
    asOf: asOf(account, risk, at),
    stale:
      account.disconnectedAt !== null ||
      (risk?.health && risk.health.state !== 'up') ||
      !sum.known ||
      risk?.cash == null ||
      isAhead(risk.fundsAt ?? at, at) ||
      sum.stale,
  };
}

/** Until when the broker has told all there is. A Date of its own: superjson would name two that are one. */
export const asOf = (
  { disconnectedAt }: Pick<BrokerAccount, 'disconnectedAt'>,
  risk: Pick<RiskRow, 'health'> | undefined,
  at: Date,
): Date => new Date(disconnectedAt ?? (risk?.health && risk.health.state !== 'up' ? risk.health.since : at));
