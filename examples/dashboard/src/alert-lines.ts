// Alerts in a chart: which of them have a line, what a place in the chart proposes, and what becomes of one that is dragged there. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Alert, AlertCondition, AlertSide } from '../../../client/index.ts';
import { isLive } from './alert-words.ts';
import type { ChartLine } from './chart-lines.ts';

/** Of one that is being set in the chart. */
export const proposalKey = 'new alert';

/** A line for each that waits for a level; one in `moving` stands there and stays until that is decided. */
export function alertLines(
  alerts: readonly Alert[],
  moving: ReadonlyMap<string, string> = new Map(),
): ChartLine[] {
  return alerts.filter(isLive).flatMap(({ id, condition, note }) =>
    condition.kind === 'price' || condition.kind === 'candle_close'
      ? [
          {
            key: id,
            kind: 'alert' as const,
            label: `Alert: ${condition.kind === 'price' ? '' : 'close of '}${condition.side} ${condition.direction}`,
            level: moving.get(id) ?? condition.level,
            note,
            busy: moving.has(id),
            amends: 'alert' as const,
          },
        ]
      : [],
  );
}
export const proposalLine = (level: string): ChartLine => ({
  key: proposalKey,
  kind: 'proposal',
  label: 'New alert',
  level,
  amends: 'alert',
});

interface Quote {
  bid: string | null;
  offer: string | null;
}
const priceOf = ({ bid, offer }: Quote, side: AlertSide): string | null => {
  if (side === 'bid') return bid;
  if (side === 'offer') return offer;
  return bid !== null && offer !== null
    ? decimal.divide(decimal.add(bid, offer), '2', 10, 'half-even')
    : null;
};

/** Which way the price comes to a level; up where that is not known. */
export function wayTo(level: string, side: AlertSide, quote: Quote | undefined): 'up' | 'down' {
  const price = quote ? priceOf(quote, side) : null;
  return price !== null && decimal.compare(level, price) < 0 ? 'down' : 'up';
}

/** What an alert waits for at another level. One on a price that lay ahead of it does so too on the price's other side. */
export function movedTo(
  { condition, state }: Pick<Alert, 'condition' | 'state'>,
  level: string,
  quote: Quote | undefined,
): AlertCondition {
  if (condition.kind === 'candle_close') return { ...condition, level };
  if (condition.kind !== 'price') return condition;
  return {
    ...condition,
    level,
    ...(state === 'armed' && { direction: wayTo(level, condition.side, quote) }),
  };
}
