// Equity covers half of the margin or less: the broker may close positions by itself.
import { MarginNews } from '../words.ts';
import { notificationKind } from './kind.ts';

export const marginCloseOut = notificationKind({
  schema: MarginNews,
  severity: 'critical',
  title: ({ level }) => `Margin close-out: your equity is ${level} % of the margin`,
  body: ({ equity, margin, currency }) =>
    `Equity ${equity} ${currency}, margin ${margin} ${currency}: the broker may close positions now, without asking.`,
});
