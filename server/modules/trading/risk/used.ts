// How far the limits of an account are used now, read in a transaction on it; and as it would be with one deal more.
import { decimal } from '../../../../shared/decimal.ts';
import type { Entry } from '../account-transaction.ts';
import { allBounds, boundsOf, boundsOrders, type LimitsRow } from './bounds.ts';
import type { Days } from './days.ts';
import { heldBy, type Exposure, type Worths } from './exposure.ts';
import { onDay, withOrder } from './order-counts.ts';
import type { Used } from './uses.ts';

export const boundsExposure = (row: LimitsRow): boolean =>
  allBounds(row).some(({ maxExposure }) => maxExposure !== null);

export type ReadUsed = ReturnType<typeof createReadUsed>;
export const createReadUsed =
  ({ days, worths }: { days: Pick<Days, 'endOf'>; worths: Pick<Worths, 'exposureOf'> }) =>
  /** The exposure only where it is bounded, as far as its worths are known here. */
  async (entry: Entry, lossToday: string | null): Promise<Used> => {
    const { tx, account, risk, at: now } = entry;
    const dayEndsAt = await days.endOf(entry);
    const exposure = boundsExposure(risk)
      ? worths.exposureOf(account, await heldBy(tx, account.id, now))
      : null;
    return { orders: onDay(risk.orders, dayEndsAt, now), exposure, lossToday, dayEndsAt, now };
  };

/** Once a deal in `epic` is sent that raises risk and adds so much; null: nobody knows how much. */
export function usedAfter(used: Used, row: LimitsRow, epic: string, added: string | null): Used {
  const { orders, exposure, now } = used;
  const counted = boundsOf(row, epic).filter(boundsOrders);
  return {
    ...used,
    orders: withOrder(
      orders,
      counted.map((bound) => bound.epic),
      now,
    ),
    exposure: exposure && added !== null ? withAdded(exposure, epic, added) : null,
  };
}
const withAdded = (exposure: NonNullable<Exposure>, epic: string, added: string): Exposure => ({
  total: decimal.add(exposure.total, added),
  of: (each) => (each === epic ? decimal.add(exposure.of(each), added) : exposure.of(each)),
});
