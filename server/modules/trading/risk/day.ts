// The arithmetic of an account's day: what was paid in and out, what is lost. Pure; rows and their moments are in days.ts.
import type { accountDays } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { FundsEvidence } from '../ports.ts';

export type DayRow = typeof accountDays.$inferSelect;
/** As the broker tells them. */
export type Figures = Pick<FundsEvidence, 'cash' | 'runningProfit' | 'at'>;

const { add, subtract, compare } = decimal;
const isAbove = (a: string, b: string) => compare(a, b) > 0;
const less = (a: string, b: string) => (isAbove(a, b) ? b : a);

export const equityOf = ({ cash, runningProfit }: Pick<Figures, 'cash' | 'runningProfit'>): string =>
  add(cash, runningProfit);

/**
 * The part of a change of the cash by which the equity changed with it, with its sign; 0 where they went apart. Closing turns running
 * profit into cash and leaves the equity where it was, so this is what no close explains: money paid in or out, funding, and what
 * the prices did between the two figures. Where cash rose and equity by less than half as much, that is the prices: else a day of many
 * closes would look worse by each good moment before one.
 */
export function unexplained(before: Figures, after: Figures): string {
  const cash = subtract(after.cash, before.cash);
  const equity = subtract(equityOf(after), equityOf(before));
  const sign = compare(cash, '0');
  if (sign === 0 || compare(equity, '0') !== sign) return '0';
  if (sign > 0 && isAbove(cash, add(equity, equity))) return '0';
  return sign > 0 ? less(cash, equity) : subtract('0', less(subtract('0', cash), subtract('0', equity)));
}

type Flows = Pick<DayRow, 'paidIn' | 'paidOut' | 'gone' | 'goneAfter' | 'goneBy'>;

/**
 * The day after new figures. What came counts as paid in at once: taken for a gain it would hide a loss. What went counts as lost until
 * it is known that nothing was closed meanwhile: a position that was stopped out far from its last price looks the same.
 */
export function afterFigures<Day extends Flows>(day: Day, before: Figures, after: Figures): Day {
  const moved = unexplained(before, after);
  const sign = compare(moved, '0');
  if (sign === 0) return day;
  if (sign > 0) return { ...day, paidIn: add(day.paidIn, moved) };
  return {
    ...day,
    gone: subtract(day.gone, moved),
    goneAfter: day.goneAfter ?? before.at,
    goneBy: after.at,
  };
}

/** The day once it is known whether anything was closed while the cash went that is `gone`. */
export const afterJudgement = <Day extends Flows>(day: Day, { closed }: { closed: boolean }): Day => ({
  ...day,
  paidOut: closed ? day.paidOut : add(day.paidOut, day.gone),
  gone: '0',
  goneAfter: null,
  goneBy: null,
});

/** What is lost since the day began, running losses included; 0 for a gain. */
export function lossOf(
  { equity, paidIn, paidOut }: Pick<DayRow, 'equity' | 'paidIn' | 'paidOut'>,
  now: Pick<Figures, 'cash' | 'runningProfit'>,
): string {
  const loss = subtract(subtract(add(equity, paidIn), paidOut), equityOf(now));
  return isAbove(loss, '0') ? loss : '0';
}
