// What is drawn into a market's chart: positions, orders, their stops and limits, and alerts, each at its level. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Position } from '../../../client/index.ts';
import { verb } from './deal-words.ts';
import { levelText } from './format.ts';
import type { ShownOrder } from './order-book.ts';

/** A proposal is of an alert that is not set. */
export type LineKind = 'position' | 'order' | 'stop' | 'limit' | 'alert' | 'proposal';
/** What of a position or order a drag changes. */
export type Amendment =
  | { of: 'position'; dealId: string; what: 'stopLevel' | 'limitLevel' }
  | { of: 'order'; dealId: string; what: 'level' }
  | OrderEnd;
/** The ends of an order are kept as distances from its level. */
interface OrderEnd {
  of: 'order';
  dealId: string;
  what: 'stopDistancePoints' | 'limitDistancePoints';
  /** The level of the order, and on which side of it the end lies. */
  from: string;
  isBelow: boolean;
  scalingFactor: string;
}

export interface ChartLine {
  /** The same as long as it is the same line, at whatever level. */
  key: string;
  kind: LineKind;
  /** `Stop of Buy 2`. */
  label: string;
  level: string;
  /** What its user says of it. */
  note?: string | null;
  /** What was last done with it is not decided: it cannot be dragged meanwhile. */
  busy?: boolean;
  /** Undefined: it cannot be dragged. */
  amends: Amendment | 'alert' | undefined;
}

/** One of what is dealt. */
interface DealLine extends ChartLine {
  amends: Amendment | undefined;
}

/** `scalingFactor`: points of one unit of the level; without it the stops and limits of orders have no place. */
export function chartLines(
  epic: string,
  positions: readonly Position[],
  orders: readonly ShownOrder[],
  scalingFactor: string | undefined,
): DealLine[] {
  const lines: DealLine[] = [];
  for (const position of positions) {
    if (position.epic !== epic) continue;
    const { dealId, direction, size, level, trailingStop } = position;
    const of = `${verb(direction)} ${levelText(size)}`;
    lines.push({ key: dealId, kind: 'position', label: of, level, amends: undefined });
    for (const kind of ['stop', 'limit'] as const) {
      const what = `${kind}Level` as const;
      const at = position[what];
      // A stop that trails moves by itself: it is changed in its row.
      const moves = kind === 'stop' && trailingStop !== null;
      if (at !== null)
        lines.push({
          key: `${dealId} ${kind}`,
          kind,
          label: `${kind === 'stop' ? 'Stop' : 'Limit'} of ${of}`,
          level: at,
          amends: moves ? undefined : { of: 'position', dealId, what },
        });
    }
  }
  for (const order of orders) {
    if (order.epic !== epic) continue;
    const { dealId, direction, size, type, level } = order;
    const of = `${verb(direction)} ${levelText(size)} ${type}`;
    lines.push({
      key: dealId,
      kind: 'order',
      label: of,
      level,
      amends: { of: 'order', dealId, what: 'level' },
    });
    if (scalingFactor === undefined) continue;
    for (const kind of ['stop', 'limit'] as const) {
      const what = `${kind}DistancePoints` as const;
      const points = order[what];
      if (points === null) continue;
      const distance = decimal.divide(points, scalingFactor, 10, 'half-even');
      const isBelow = (kind === 'stop') === (direction === 'BUY');
      lines.push({
        key: `${dealId} ${kind}`,
        kind,
        label: `${kind === 'stop' ? 'Stop' : 'Limit'} of ${of}`,
        level: isBelow ? decimal.subtract(level, distance) : decimal.add(level, distance),
        amends: { of: 'order', dealId, what, from: level, isBelow, scalingFactor },
      });
    }
  }
  return lines;
}

/** What is sent when its line is to stand at `level`: an end on the other side of its order is a distance below zero, which the server refuses. */
export function amended(amends: Amendment, level: string): Record<string, string> {
  if (!('from' in amends)) return { [amends.what]: level };
  const { what, from, isBelow, scalingFactor } = amends;
  const away = isBelow ? decimal.subtract(from, level) : decimal.subtract(level, from);
  return { [what]: decimal.multiply(away, scalingFactor) };
}

/** A place in the chart as a level of the market, with as many places as it quotes. */
export const levelAt = (price: number, places: number): string => price.toFixed(places);

/** Where marks of one height stand whose lines are at `ys`: each as near to its line as those beside it and the edges let it, in their order. */
export function spread(ys: readonly number[], { mark, height }: { mark: number; height: number }): number[] {
  const order = ys.map((_, at) => at).sort((a, b) => ys[a]! - ys[b]! || a - b);
  const places = ys.map((y) => Math.min(Math.max(y, mark / 2), height - mark / 2));
  order.forEach((at, n) => {
    const above = order[n - 1];
    if (above !== undefined) places[at] = Math.max(places[at]!, places[above]! + mark);
  });
  order.toReversed().forEach((at, n, all) => {
    const below = all[n - 1];
    const lowest = below === undefined ? height - mark / 2 : places[below]! - mark;
    places[at] = Math.min(places[at]!, lowest);
  });
  return places;
}
