// The running profit that belongs to a portfolio: of the open positions of the accounts that flow into it, those that are its own. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Running } from '../../../../shared/portfolio-running.ts';
import type { Valuation } from '../../../../shared/trading.ts';
import { sum } from '../ledger/amount.ts';
import { partFor } from '../inflow/part.ts';
import type { InflowSource } from '../inflow/store.ts';
import type { PortfolioRow } from '../store.ts';

/** An account that flows into a portfolio; its valuation is null where it is not connected, undefined where it is not known. */
export interface ValuedSource extends InflowSource {
  valuation: Valuation | null | undefined;
}

/** Null where no connected account flows into it. The amount is null while a price of its positions is stale, or the broker is away. */
export function runningOf(
  portfolio: Pick<PortfolioRow, 'id' | 'baseCurrency'>,
  sources: readonly ValuedSource[],
  at: Date,
): Running | null {
  const found = sources
    .filter(({ row, valuation }) => valuation !== null && row.currency === portfolio.baseCurrency)
    .map((source) => ofAccount(portfolio, source, at));
  if (found.length === 0) return null;
  const amounts = found.map(({ account }) => account.amount);
  return {
    amount: amounts.includes(null) ? null : sum(amounts as string[]),
    reason: found.find(({ reason }) => reason !== null)?.reason ?? null,
    accounts: found.map(({ account }) => account),
  };
}

function ofAccount(
  { id }: Pick<PortfolioRow, 'id'>,
  { row: { accountId, environment, currency, portfolioId, bookedCash }, parts, valuation }: ValuedSource,
  at: Date,
): { account: Running['accounts'][number]; reason: string | null } {
  if (!valuation) {
    const account = { accountId, environment, amount: null, positions: 0, unbooked: null, asOf: null };
    return { account, reason: `the positions of account ${accountId} cannot be read now` };
  }
  const { summary, positions } = valuation;
  const own = positions.filter(
    ({ tag }) => (partFor({ tag, at }, parts, currency)?.id ?? portfolioId) === id,
  );
  const stale = own.find(({ priceStale, runningProfit }) => priceStale || runningProfit === null);
  const reason =
    summary.asOf < summary.at
      ? `the broker has told nothing of account ${accountId} since ${summary.asOf.toISOString()}`
      : stale
        ? `the price of ${stale.epic} is stale`
        : null;
  const amount =
    reason === null ? decimal.canonical(sum(own.map(({ runningProfit }) => runningProfit!))) : null;
  return {
    account: {
      accountId,
      environment,
      amount,
      positions: own.length,
      unbooked: decimal.subtract(summary.cash, bookedCash),
      asOf: new Date(summary.asOf),
    },
    reason,
  };
}
