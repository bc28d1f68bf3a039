// Matching by UK rules for shares (TCGA 1992 s.104–106A): the same day, then the 30 days after, then the pool. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import {
  afterSplit,
  isNegative,
  isPositive,
  isZero,
  lesser,
  magnitude,
  placesKept,
  sum,
} from '../ledger/amount.ts';
import {
  historyOf,
  joined,
  legOf,
  lotOf,
  openingOf,
  pool as addToPool,
  take,
  type History,
  type Lot,
  type Match,
  type Matched,
  type MatchRule,
  type Side,
} from './lot.ts';
import { add, amountsOf, type Amounts, type LotEvent, type Trade } from './trade.ts';

const dayMs = 86_400_000;
/** A disposal is matched with what is bought within so many days after it. */
const daysAfter = 30;

/**
 * What is left of a trade to be matched. Its units are counted in parts so small that each split of the instrument, earlier or later, is
 * a whole number of them: a sale and what is bought back after a split are compared without rounding.
 */
interface Left extends Amounts {
  trade: Trade;
  quantity: string;
  /** Parts that were one unit when it was dealt. */
  partsPerUnit: string;
  side: Side;
  history: History;
}
interface Day {
  on: string;
  /** All that was bought on one day counts as one acquisition. */
  acquired: Left | undefined;
  disposed: Left[];
  /** Parts by which splits that did not come out even were rounded, up or (below zero) down. */
  rounded: string;
}

/** What is bought on the day of a sale or within 30 days after it is taken for what was sold; the rest goes into one pool or comes out of it. */
export function matchSection104(events: readonly LotEvent[]): Matched {
  const days = daysOf(events);
  const matches: Match[] = [];
  for (const day of days) matchWithin(day, day, 'same_day', matches);
  for (const [index, day] of days.entries()) {
    for (let next = index + 1; next < days.length && !day.disposed.every(isDone); next++) {
      const later = days[next]!;
      if (daysBetween(day.on, later.on) > daysAfter) break;
      matchWithin(day, later, 'thirty_days', matches);
    }
  }
  const open = throughPool(days, matches);
  const lots = inUnits(open, partsPerUnitAfter(events), matches);
  return { matches: matches.toSorted(byDisposal), lots };
}
const isDone = ({ quantity }: { quantity: string }) => isZero(quantity);
const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / dayMs;
const byDisposal = (a: Match, b: Match) =>
  a.disposed.at.getTime() - b.disposed.at.getTime() || a.acquired.at.getTime() - b.acquired.at.getTime();

const partsPerUnitAfter = (events: readonly LotEvent[]) =>
  events.reduce(
    (parts, event) => (event.is === 'split' ? decimal.multiply(parts, event.oldUnits) : parts),
    '1',
  );

function daysOf(events: readonly LotEvent[]): Day[] {
  return [...Map.groupBy(stepsOf(events), ({ on }) => on)].map(([on, steps]) => {
    const traded = steps.flatMap(({ left }) => left ?? []);
    const came = traded.filter(({ trade }) => !isNegative(trade.quantity));
    const disposed = traded.filter(({ trade }) => isNegative(trade.quantity));
    const rounded = sum(steps.map((step) => step.rounded ?? '0'));
    return { on, acquired: came.length > 0 ? came.reduce(together) : undefined, disposed, rounded };
  });
}
const together = (all: Left, one: Left): Left => ({
  ...all,
  ...add(all, one),
  history: joined(all.history, one),
  quantity: decimal.add(all.quantity, one.quantity),
});

/** An event in parts: a trade, or by how much a split was rounded. */
interface Step {
  on: string;
  left?: Left;
  rounded?: string;
}

/** A unit is as many parts as all splits before it took old units, and all after it gave new ones. */
function stepsOf(events: readonly LotEvent[]): Step[] {
  let before = '1';
  let position = '0';
  const after = newUnitsAfter(events);
  return events.map((event, index): Step => {
    const { on } = event;
    if (event.is === 'split') {
      const exact = decimal.multiply(
        position,
        decimal.multiply(before, decimal.multiply(event.newUnits, after[index]!)),
      );
      before = decimal.multiply(before, event.oldUnits);
      position = afterSplit(position, event);
      const parts = decimal.multiply(position, decimal.multiply(before, after[index]!));
      return { on, rounded: decimal.subtract(parts, exact) };
    }
    const side = isNegative(event.quantity) && !isPositive(position) ? 'short' : 'long';
    position = decimal.add(position, event.quantity);
    const partsPerUnit = decimal.multiply(before, after[index]!);
    const quantity = decimal.multiply(magnitude(event.quantity), partsPerUnit);
    const history = historyOf(event);
    return { on, left: { trade: event, side, quantity, partsPerUnit, history, ...amountsOf(event) } };
  });
}
function newUnitsAfter(events: readonly LotEvent[]): string[] {
  let product = '1';
  return events
    .toReversed()
    .map((event) => {
      const later = product;
      if (event.is === 'split') product = decimal.multiply(product, event.newUnits);
      return later;
    })
    .toReversed();
}
const unitsOf = (parts: string, partsPerUnit: string) =>
  decimal.divide(parts, partsPerUnit, placesKept.units, 'half-even');

/** Matches what a day has sold with what another, or the same, has bought. */
function matchWithin(day: Day, { acquired }: Day, rule: MatchRule, matches: Match[]): void {
  if (!acquired) return;
  for (const disposed of day.disposed) {
    const parts = lesser(acquired.quantity, disposed.quantity);
    if (isZero(parts)) continue;
    matches.push({
      side: disposed.side,
      quantity: unitsOf(parts, disposed.partsPerUnit),
      acquired: legOf(acquired.trade, take(acquired, parts, disposed.trade)),
      disposed: legOf(disposed.trade, take(disposed, parts, acquired.trade)),
      rule,
    });
  }
}

/** What no day has claimed: into the pool or out of it; sold beyond the pool, it waits for the next that is bought. Gives what is open. */
function throughPool(days: readonly Day[], matches: Match[]): Lot[] {
  let held: Lot[] = []; // the pool, or none
  let owed: Lot[] = [];
  for (const { acquired, disposed, rounded } of days) {
    if (acquired) {
      repay(owed, acquired, matches);
      enter(held, acquired);
    }
    round(held, owed, rounded);
    for (const each of disposed) {
      leave(held, each, matches);
      if (isPositive(each.quantity)) owed.push(lotOf(each.trade, 'short', each.quantity, each));
    }
    [held, owed] = [held.filter(isOpen), owed.filter(isOpen)];
  }
  return [...held, ...owed];
}
const isOpen = ({ quantity }: Lot) => isPositive(quantity);

/** The pool, or the last that is owed, has what the position has after a split. */
function round([pool]: readonly Lot[], owed: readonly Lot[], parts: string): void {
  const owing = owed.at(-1);
  if (pool) pool.quantity = decimal.add(pool.quantity, parts);
  else if (owing) owing.quantity = decimal.subtract(owing.quantity, parts);
}

/** What was sold beyond the pool is matched with what is bought later, the oldest first. */
function repay(owed: readonly Lot[], acquired: Left, matches: Match[]): void {
  for (const short of owed) {
    const parts = lesser(short.quantity, acquired.quantity);
    if (isZero(parts)) return;
    matches.push({
      side: 'short',
      quantity: unitsOf(parts, acquired.partsPerUnit),
      disposed: legOf(openingOf(short), take(short, parts, acquired.trade)),
      acquired: legOf(acquired.trade, take(acquired, parts, openingOf(short))),
      rule: 'later_acquisition',
    });
  }
}
function enter(held: Lot[], acquired: Left): void {
  if (isZero(acquired.quantity)) return;
  const [pool] = held;
  if (pool) addToPool(pool, acquired, acquired.quantity);
  else held.push(lotOf(acquired.trade, 'long', acquired.quantity, acquired));
}
function leave([pool]: readonly Lot[], disposed: Left, matches: Match[]): void {
  const parts = pool ? lesser(pool.quantity, disposed.quantity) : '0';
  if (!pool || isZero(parts)) return;
  matches.push({
    side: 'long',
    quantity: unitsOf(parts, disposed.partsPerUnit),
    acquired: legOf(openingOf(pool), take(pool, parts, disposed.trade)),
    disposed: legOf(disposed.trade, take(disposed, parts, openingOf(pool))),
    rule: 'pool',
  });
}

/** Open lots in the units of the end. Less than the last place of a unit is none: its money goes to the last match. */
function inUnits(open: readonly Lot[], partsPerUnit: string, matches: Match[]): Lot[] {
  return open.flatMap((lot) => {
    const quantity = unitsOf(lot.quantity, partsPerUnit);
    const last = matches.at(-1);
    if (isPositive(quantity) || !last) return [{ ...lot, quantity }];
    const leg = lot.side === 'long' ? last.acquired : last.disposed;
    Object.assign(leg, add(leg, lot), { also: [...leg.also, lot] });
    return [];
  });
}
