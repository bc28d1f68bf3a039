// What a user has an alert on has happened.
import { z } from 'zod';
import { AlertCondition } from '../../../../shared/alerts.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { DecimalText, Instant } from '../../../../shared/primitives.ts';
import { sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

const Fired = z.object({
  name: z.string().describe('of the market, account or position'),
  condition: AlertCondition,
  note: z.string().nullable(),
  value: DecimalText.describe('price, per cent or amount that it is told for'),
  at: Instant.describe('of that price'),
  late: z
    .boolean()
    .describe('it was found in candles, or by the first value, after prices had not been seen for a while'),
  currency: z.string().optional().describe('of an amount'),
});
type Fired = z.infer<typeof Fired>;

export const alertFired = notificationKind({
  schema: Fired,
  severity: 'warning',
  title: (fired) => `${fired.name} ${what(fired)}`,
  body: ({ note, at, late }) =>
    sentences(
      late
        ? `It happened by ${at.toISOString()}, while its prices were not seen here, and is told late.`
        : `At ${at.toISOString()}.`,
      note,
    ),
});

const percent = (value: string) => `${decimal.round(value, 2, 'half-even')} %`;
const side = { bid: 'Bid', offer: 'Offer', mid: 'Mid' };
const spans: Record<number, string> = {
  60: 'a minute',
  300: '5 minutes',
  900: '15 minutes',
  3600: 'an hour',
  14400: '4 hours',
  86400: 'a day',
};

function what({ condition, value, currency = '' }: Fired): string {
  switch (condition.kind) {
    case 'price':
      return `${condition.direction === 'up' ? 'rose' : 'fell'} to ${condition.level}: ${side[condition.side]} ${value}`;
    case 'candle_close':
      return `closed ${condition.direction === 'up' ? 'at or above' : 'at or below'} ${condition.level}: ${side[condition.side]} ${value} (${condition.resolution})`;
    case 'move':
      return `moved ${percent(value)} ${condition.direction === 'either' ? '' : `${condition.direction} `}within ${spans[condition.windowSeconds]}`;
    case 'margin_level':
      return `is at a margin level of ${percent(value)}, at or below ${condition.level} %`;
    case 'position_profit':
      return `stands at ${value} ${currency}`.trimEnd();
  }
}
