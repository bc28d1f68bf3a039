// Equity no longer covers the margin.
import { MarginNews } from '../words.ts';
import { notificationKind } from './kind.ts';

export const marginWarning = notificationKind({
  schema: MarginNews,
  severity: 'critical',
  title: ({ level }) => `Margin: your equity is ${level} % of it`,
  body: ({ equity, margin, currency }) =>
    `Equity ${equity} ${currency}, margin ${margin} ${currency}: nothing more can be opened. At 50 % the broker may close positions; close some, or pay in.`,
});
