// How far each limit that is set is used, what is left of it, and when it is whole again. Pure.
import type { OrderCounts } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { LimitUse } from '../../../../shared/risk-limits.ts';
import { allBounds, type Bound, type LimitsRow } from './bounds.ts';
import type { Exposure } from './exposure.ts';
import { countOf, minuteUse } from './order-counts.ts';

export interface Used {
  /** Of the running day. */
  orders: OrderCounts;
  exposure: Exposure;
  /** Null: nobody knows it now. */
  lossToday: string | null;
  dayEndsAt: Date;
  now: Date;
}

export function usesOf(row: LimitsRow, used: Used): LimitUse[] {
  const loss: LimitUse[] =
    row.maxDailyLoss === null
      ? []
      : [
          {
            ...amounts(row.maxDailyLoss, used.lossToday),
            limit: 'maxDailyLoss',
            epic: null,
            wholeAgainAt: isUsed(used.lossToday) ? used.dayEndsAt : null,
          },
        ];
  return [
    ...loss,
    ...allBounds(row)
      .reverse()
      .flatMap((bound) => ofBound(bound, used)),
  ];
}

function ofBound(
  { epic, maxSize, maxExposure, maxOrdersPerMinute, maxOrdersPerDay }: Bound,
  { orders, exposure, dayEndsAt, now }: Used,
): LimitUse[] {
  const count = countOf(orders, epic);
  const uses: LimitUse[] = [];
  if (maxSize !== null)
    uses.push({ limit: 'maxSize', epic, max: maxSize, used: null, left: maxSize, wholeAgainAt: null });
  if (maxExposure !== null) {
    const held = exposure && (epic === null ? exposure.total : exposure.of(epic));
    uses.push({ limit: 'maxExposure', epic, ...amounts(maxExposure, held), wholeAgainAt: null });
  }
  if (maxOrdersPerMinute !== null) {
    const { orders: sent, wholeAgainAt } = minuteUse(count, maxOrdersPerMinute, now);
    const numbers = amounts(String(maxOrdersPerMinute), String(sent));
    uses.push({ limit: 'maxOrdersPerMinute', epic, ...numbers, wholeAgainAt });
  }
  if (maxOrdersPerDay !== null) {
    const numbers = amounts(String(maxOrdersPerDay), String(count.today));
    const wholeAgainAt = count.today > 0 ? dayEndsAt : null;
    uses.push({ limit: 'maxOrdersPerDay', epic, ...numbers, wholeAgainAt });
  }
  return uses;
}

const isUsed = (used: string | null) => used !== null && decimal.compare(used, '0') > 0;
function amounts(max: string, used: string | null): Pick<LimitUse, 'max' | 'used' | 'left'> {
  if (used === null) return { max, used, left: null };
  const left = decimal.subtract(max, used);
  return { max, used, left: decimal.compare(left, '0') > 0 ? left : '0' };
}
