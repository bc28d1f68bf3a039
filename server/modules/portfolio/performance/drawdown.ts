// How far a series of levels fell below its peak, when, and when it was back. Pure.

export interface Level {
  /** `2026-03-29` */
  on: string;
  level: number;
}
export interface Drawdown {
  /** The deepest fall as a fraction of its peak, 0 or below. */
  depth: number;
  /** Null when nothing fell. */
  peakOn: string | null;
  troughOn: string | null;
  /** When the peak was reached again; null: not yet. */
  recoveredOn: string | null;
  /** From a peak until it was reached again, the longest; what is not back does not count. */
  longestRecoveryDays: number;
}

const dayMs = 86_400_000;
const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / dayMs);

/** `levels` in the order of days, each above zero. A peak is its newest day: what stays level has not fallen. */
export function drawdownOf(levels: readonly Level[]): Drawdown {
  const worst: Drawdown = {
    depth: 0,
    peakOn: null,
    troughOn: null,
    recoveredOn: null,
    longestRecoveryDays: 0,
  };
  let [peak] = levels;
  let isBelow = false;
  for (const point of levels) {
    if (point.level < peak!.level) {
      isBelow = true;
      const depth = point.level / peak!.level - 1;
      if (depth < worst.depth)
        Object.assign(worst, { depth, peakOn: peak!.on, troughOn: point.on, recoveredOn: null });
      continue;
    }
    if (isBelow) {
      worst.longestRecoveryDays = Math.max(worst.longestRecoveryDays, daysBetween(peak!.on, point.on));
      if (worst.peakOn === peak!.on) worst.recoveredOn = point.on;
    }
    [peak, isBelow] = [point, false];
  }
  return worst;
}
