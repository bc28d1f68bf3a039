// A position, or a part of it, was closed by no deal of ours: a stop, a limit, or somebody elsewhere.
import { z } from 'zod';
import { decimal } from '../../../../shared/decimal.ts';
import { DecimalText } from '../../../../shared/primitives.ts';
import { Direction } from '../../../../shared/trading.ts';
import { filledAt, result, sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const positionClosed = notificationKind({
  schema: z.object({
    name: z.string().describe('the market’s'),
    direction: Direction.describe('of the position, not of what closed it'),
    size: DecimalText.describe('what was closed'),
    level: DecimalText.nullable(),
    profit: DecimalText.nullable(),
    profitCurrency: z.string().nullable(),
    stopLevel: DecimalText.nullable().describe('as it was when the position was closed'),
    limitLevel: DecimalText.nullable().describe('likewise'),
  }),
  severity: 'warning',
  title: ({ size, name, level }) => `Closed ${size} ${name}${filledAt(level)}`,
  body: (closed) =>
    sentences(
      `Your ${closed.direction === 'BUY' ? 'long' : 'short'} position is closed.`,
      causeOf(closed),
      result(closed.profit, closed.profitCurrency),
    ),
});

/** The broker does not say why: where it was closed at its stop, or beyond, that is why. */
function causeOf({
  direction,
  level,
  stopLevel,
  limitLevel,
}: Record<'level' | 'stopLevel' | 'limitLevel', string | null> & { direction: Direction }): string {
  const isBelow = (at: string, than: string) => decimal.compare(at, than) <= 0;
  const reached = (at: string | null, goes: 'down' | 'up') =>
    at !== null && level !== null && (goes === 'down' ? isBelow(level, at) : isBelow(at, level));
  const [loses, wins] = direction === 'BUY' ? (['down', 'up'] as const) : (['up', 'down'] as const);
  if (reached(stopLevel, loses)) return `Its stop at ${stopLevel} was reached.`;
  if (reached(limitLevel, wins)) return `Its limit at ${limitLevel} was reached.`;
  return 'It was not closed from here: a stop or limit was reached, or it was closed at the broker.';
}
