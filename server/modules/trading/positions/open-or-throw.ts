// A position that must be there to be dealt on.
import { AppError } from '../../../lib/app-error.ts';
import type { PositionRow } from './store.ts';

/** Throws trading.position_not_found for one that is not known here as open. */
export function openOrThrow(position: PositionRow | undefined): PositionRow {
  if (!position || position.closedAt) throw new AppError('trading.position_not_found');
  return position;
}
