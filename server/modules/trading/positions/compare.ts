// The broker's list of positions held against our copy of it: which of them there is anything to say about. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { isAhead } from '../../../lib/instants.ts';
import type { PositionEvidence } from '../ports.ts';
import { contradicts, saysMore } from './positions.ts';
import type { PositionRow } from './store.ts';

/** What a complete list says. A position that is as we have it is in none of these. */
export interface Comparison {
  /** Not known here as open. */
  newcomers: PositionEvidence[];
  /** Smaller than here, or with something else to tell. */
  different: PositionEvidence[];
  /** Those of them that contradict our rows. */
  contrary: PositionEvidence[];
  /** Our rows of those that are smaller. */
  smaller: PositionRow[];
  /** Our rows of those that are not in the list. */
  gone: PositionRow[];
  /** Ids of those that were missing in a list before. */
  again: string[];
}

/** `known`: our open rows, read before the list was asked for at `begunAt`. */
export function compare(
  known: readonly PositionRow[],
  listed: readonly PositionEvidence[],
  begunAt: Date,
): Comparison {
  const rows = new Map(known.map((row) => [row.dealId, row]));
  const comparison: Comparison = {
    newcomers: [],
    different: [],
    contrary: [],
    smaller: [],
    gone: [],
    again: [],
  };
  const present = new Set<string>();
  for (const position of listed) {
    present.add(position.dealId);
    const row = rows.get(position.dealId);
    if (!row) {
      comparison.newcomers.push(position);
      continue;
    }
    const { level, ...told } = position;
    const news = { ...told, openLevel: level, closeLevel: null, at: begunAt };
    if (saysMore(row, news, begunAt)) {
      comparison.different.push(position);
      if (contradicts(row, news, begunAt)) comparison.contrary.push(position);
    }
    if (position.size !== row.size && decimal.compare(position.size, row.size) < 0)
      comparison.smaller.push(row);
    if (row.lastSeenAt !== null) comparison.again.push(row.dealId);
  }
  comparison.gone = known.filter(({ dealId }) => !present.has(dealId));
  return comparison;
}

/**
 * When an open position was last known to be at the broker; null when what would tell lies ahead of `now`. `readAt`: when the newest
 * complete reading began; a row without a `lastSeenAt` of its own was in it, so that a reading writes nothing about what has not changed.
 */
export function seenAt(
  { updatedAt, lastSeenAt }: Pick<PositionRow, 'updatedAt' | 'lastSeenAt'>,
  { readAt, now }: { readAt: Date | null; now: Date },
): Date | null {
  const listedAt = lastSeenAt ?? readAt;
  if (listedAt !== null && isAhead(listedAt, now)) return null;
  if (isAhead(updatedAt, now)) return listedAt;
  return listedAt !== null && listedAt > updatedAt ? listedAt : updatedAt;
}
