// The period that a caller asks for, within the life of a portfolio. Pure.
import { AppError } from '../../../lib/app-error.ts';
import { dateIn } from '../../../lib/local-days.ts';
import type { Period } from '../performance/days.ts';
import type { PortfolioRow } from '../store.ts';

/**
 * From the day on which the portfolio starts until today, where nothing else is asked for; today is that of its zone. Throws
 * request.invalid for a period that ends before it begins, or is not within that, or for a portfolio that starts later.
 */
export function askedPeriod(
  { startsOn, timeZone }: Pick<PortfolioRow, 'startsOn' | 'timeZone'>,
  asked: { from?: string | undefined; to?: string | undefined },
  now: Date,
): Period {
  const today = dateIn(timeZone, now.getTime());
  if (startsOn > today)
    throw new AppError('request.invalid', {
      fields: { id: `is of a portfolio that has no day yet: it starts on ${startsOn}` },
    });
  const { from = startsOn, to = today } = asked;
  requireOrder(from, to);
  const fields = {
    ...(from < startsOn && { from: `is before the portfolio starts: write ${startsOn} or a later day` }),
    ...(to > today && { to: `is in the future: write ${today} or an earlier day` }),
  };
  if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
  return { from, to };
}

export function requireOrder(from: string | undefined, to: string | undefined): void {
  if (from !== undefined && to !== undefined && to < from)
    throw new AppError('request.invalid', { fields: { to: `is before from: write ${from} or a later day` } });
}
