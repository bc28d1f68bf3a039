// What alerts on accounts are compared with. Pure; what it was in the past, as far as candles tell it, is account-gaps.ts's.
import { decimal } from '../../../shared/decimal.ts';
import type { AccountSummary } from '../../../shared/trading.ts';
import type { ValuedAccount } from './ports.ts';
import type { AccountAlert } from './rows.ts';
import { unitsOf } from './units.ts';

type Condition = AccountAlert['condition'];

/** Of a margin level; the rest of the division says nothing to anybody. */
const levelPlaces = 6;
/** The margin level of an account without margin: above every level that can be asked for (`DecimalInput`). */
const aboveAll = unitsOf(`1${'0'.repeat(15)}`) + 1n;

/** What an alert on an account is compared with, in units; null: not known now, `gone`: its position is not among the open ones. */
export function valueOf(
  condition: Condition,
  account: Pick<ValuedAccount, 'summary' | 'position'>,
): bigint | null | 'gone' {
  if (condition.kind === 'margin_level') return marginLevelOf(account.summary);
  const position = account.position(condition.dealId);
  if (!position) return 'gone';
  const { priceStale, runningProfit } = position;
  return priceStale || runningProfit === null ? null : unitsOf(runningProfit);
}
function marginLevelOf({ equity, margin, stale }: AccountSummary): bigint | null {
  if (stale) return null;
  if (decimal.compare(margin, '0') <= 0) return aboveAll;
  return unitsOf(decimal.divide(decimal.multiply(equity, '100'), margin, levelPlaces, 'half-even'));
}
