// How near an account is to having its positions closed by the broker for want of margin, and what is told of it. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { MarginCall } from '../../../../shared/risk.ts';
import type { FundsEvidence } from '../ports.ts';

type Money = Pick<FundsEvidence, 'cash' | 'margin' | 'runningProfit'>;

/** Equity as a part of the margin, in per cent, below which each is told. At half of it brokers close positions of retail clients (ESMA, CFDs). */
const at = { close_out: '50', warning: '100' } as const;
/** From here on what was told is over, and is told again when it comes back. */
const over = { close_out: '60', warning: '110' } as const;

/** Equity as a part of the margin, in per cent to two digits, rounded down; null without margin. */
export function marginLevel({ cash, margin, runningProfit }: Money): string | null {
  if (decimal.compare(margin, '0') <= 0) return null;
  const equity = decimal.add(cash, runningProfit);
  return decimal.divide(decimal.multiply(equity, '100'), margin, 2, 'down');
}

/** The call that stands by these figures, after `before`. */
export function marginCallAfter(before: MarginCall | null, money: Money): MarginCall | null {
  const level = marginLevel(money);
  if (level === null) return null;
  const isBelow = (percent: string) => decimal.compare(level, percent) < 0;
  if (isBelow(at.close_out) || (before === 'close_out' && isBelow(over.close_out))) return 'close_out';
  return isBelow(at.warning) || (before !== null && isBelow(over.warning)) ? 'warning' : null;
}

/** Whether the new one is graver. */
export const isGraver = (call: MarginCall | null, before: MarginCall | null): call is MarginCall =>
  call !== null && call !== before && before !== 'close_out';
