// A working order that must rest to be changed.
import { AppError } from '../../../lib/app-error.ts';
import type { OrderRow } from './store.ts';

/** Throws trading.order_not_found for one that is not known here as resting. */
export function restingOrThrow(row: OrderRow | undefined): OrderRow {
  if (row?.state !== 'open') throw new AppError('trading.order_not_found');
  return row;
}
