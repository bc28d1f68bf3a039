// A position, or a part of it, was closed by no deal of ours: a stop, a limit, or somebody elsewhere.
import { z } from 'zod';
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
  }),
  severity: 'warning',
  title: ({ size, name, level }) => `Closed ${size} ${name}${filledAt(level)}`,
  body: ({ direction, profit, profitCurrency }) =>
    sentences(
      `Your ${direction === 'BUY' ? 'long' : 'short'} position is closed.`,
      'It was not closed from here: a stop or limit was reached, or it was closed at the broker.',
      result(profit, profitCurrency),
    ),
});
