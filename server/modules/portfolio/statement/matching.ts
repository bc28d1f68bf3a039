// Which movements of our ledger are which of the broker's history: by instant, kind and amount, since its history names nothing of ours. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { StatementDifference } from '../../../../shared/portfolio-statement.ts';
import { isNegative, sum } from '../ledger/amount.ts';
import { longestMs, quietMs } from '../inflow/stretch.ts';

export interface Moved {
  id: string;
  at: Date;
  amount: string;
  /** Whether it is what a deal paid. */
  isDeal: boolean;
}
/** Further apart they are not the same: the longest that an inflow waits, and the quiet time before it. */
const farthestMs = longestMs + quietMs;
/** Of movements near each other so many are added up at most. */
const mostTogether = 20;

/**
 * The rows of both sides that are not told alike, ours first in the order of their instants; their differences sum to ours less theirs.
 * Each side has its own instants in order. What is not the same to the last digit is never called the same.
 */
export function differencesOf(ours: readonly Moved[], theirs: readonly Moved[]): StatementDifference[] {
  const [left, right] = [new Set(ours), new Set(theirs)];
  const drop = (a: readonly Moved[], b: readonly Moved[]) => {
    for (const each of a) left.delete(each);
    for (const each of b) right.delete(each);
  };
  const isEqual = (a: Moved, b: Moved) => decimal.compare(a.amount, b.amount) === 0;
  for (const [a, b] of nearest(left, right, farthestMs, isEqual)) drop([a], [b]);
  // A deal that closes several positions is one result here, and a row for each there; the other way round what moved at once is one.
  for (const one of left) drop(...togetherWith(one, right, (run) => [[one], run]));
  for (const one of right) drop(...togetherWith(one, left, (run) => [run, [one]]));
  const unequal = nearest(
    left,
    right,
    quietMs,
    (a, b) => a.isDeal === b.isDeal && isNegative(a.amount) === isNegative(b.amount),
  );
  for (const [a, b] of unequal) drop([a], [b]);
  return [
    ...unequal.map(([a, b]) => difference('amounts', [a], [b])),
    ...[...left].map((each) => difference('ours_only', [each], [])),
    ...[...right].map((each) => difference('theirs_only', [], [each])),
  ];
}
const apartMs = (a: Moved, b: Moved) => Math.abs(a.at.getTime() - b.at.getTime());
const idsOf = (all: readonly Moved[]) => all.map(({ id }) => id);
const totalOf = (all: readonly Moved[]) => sum(all.map(({ amount }) => amount));
const difference = (
  what: StatementDifference['what'],
  ours: readonly Moved[],
  theirs: readonly Moved[],
): StatementDifference => ({
  what,
  ours: idsOf(ours),
  theirs: idsOf(theirs),
  difference: decimal.subtract(totalOf(ours), totalOf(theirs)),
});

/** Pairs of which each is in one: those of one kind first, then those nearest to each other. */
function nearest(
  ours: Iterable<Moved>,
  theirs: Iterable<Moved>,
  mostMs: number,
  fits: (a: Moved, b: Moved) => boolean,
): [Moved, Moved][] {
  const others = [...theirs];
  const candidates: { pair: [Moved, Moved]; rank: number; ms: number }[] = [];
  let first = 0;
  for (const a of ours) {
    while (first < others.length && others[first]!.at.getTime() < a.at.getTime() - mostMs) first += 1;
    for (let n = first; n < others.length && others[n]!.at.getTime() <= a.at.getTime() + mostMs; n++) {
      const b = others[n]!;
      if (fits(a, b))
        candidates.push({ pair: [a, b], rank: a.isDeal === b.isDeal ? 0 : 1, ms: apartMs(a, b) });
    }
  }
  const taken = new Set<Moved>();
  return candidates
    .toSorted((a, b) => a.rank - b.rank || a.ms - b.ms)
    .flatMap(({ pair }) => {
      if (pair.some((each) => taken.has(each))) return [];
      for (const each of pair) taken.add(each);
      return [pair];
    });
}

/** Those beside each other, near to `one`, that sum to it; nothing where there are none. */
function togetherWith(
  one: Moved,
  others: ReadonlySet<Moved>,
  sides: (run: Moved[]) => [readonly Moved[], readonly Moved[]],
): [readonly Moved[], readonly Moved[]] {
  const near = [...others].filter((other) => apartMs(one, other) <= farthestMs);
  for (let from = 0; from < near.length; from++) {
    let total = near[from]!.amount;
    for (let to = from + 1; to < near.length && to - from < mostTogether; to++) {
      total = decimal.add(total, near[to]!.amount);
      if (decimal.compare(total, one.amount) === 0) return sides(near.slice(from, to + 1));
    }
  }
  return [[], []];
}
