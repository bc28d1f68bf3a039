// What both sides said of the same requests: counted, and where they disagree without a name for it. Pure.
import type { DealReason } from '../../../shared/trading.ts';

/** What both said of one request. */
export interface Verdict {
  what: string;
  ours: DealReason | null;
  /** A rule could not be judged here: the broker's own check holds. */
  isLeftToBroker: boolean;
  /** The broker's reason; null: accepted. */
  theirs: string | null;
}

const tooFine = 'finer than the market is written';
const notSent = 'there is nothing to send';
/**
 * Where we refuse what the simulator takes, each with the reason. IG publishes no precision of its levels; a level or distance finer than
 * the market is refused here with the nearest that is not, since what IG makes of it is not known.
 */
export const stricter: Partial<Record<DealReason['code'], string>> = {
  stop_too_fine: tooFine,
  limit_too_fine: tooFine,
  stop_distance_too_fine: tooFine,
  limit_distance_too_fine: tooFine,
  order_too_fine: tooFine,
  level_too_fine: tooFine,
  unchanged: notSent,
  stop_missing: notSent,
  would_reverse: 'what IG does with the rest is not known',
};

/** Counts of each pair of verdicts, and the disagreements that no name stands for. */
export function weigh(all: readonly Verdict[]) {
  const pairs = new Map<string, number>();
  const unnamed: string[] = [];
  for (const { what, ours, isLeftToBroker, theirs } of all) {
    const here = ours?.code ?? (isLeftToBroker ? 'left to the broker' : 'passes');
    const pair = `${here} · ${theirs ?? 'accepted'}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    const agree = (ours === null) === (theirs === null) || (ours === null && isLeftToBroker);
    if (!agree && !(theirs === null && ours && stricter[ours.code]))
      unnamed.push(`${what}: ${JSON.stringify(ours)} here, ${theirs ?? 'accepted'} there`);
  }
  const table = [...pairs].sort(([, a], [, b]) => b - a).map(([pair, count]) => `  ${count} ${pair}`);
  return { table: table.join('\n'), unnamed, count: (pair: string) => pairs.get(pair) ?? 0 };
}
