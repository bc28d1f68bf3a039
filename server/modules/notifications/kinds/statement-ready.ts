// A month of a portfolio is over, and what happened on its accounts has had its time to flow in.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const statementReady = notificationKind({
  schema: z.object({
    portfolioId: z.string(),
    name: z.string().describe('the portfolio’s'),
    on: z.iso.date().describe('the last day of the month'),
    transactions: z.number().int().describe('of the month'),
  }),
  severity: 'info',
  title: ({ name, on, transactions }) =>
    `The statement of ${monthOf(on)} is ready: ${name}, ${transactions === 1 ? '1 transaction' : `${transactions} transactions`}`,
  body: ({ portfolioId, on }) =>
    `Cash, movement by movement, and where it differs from the broker’s: portfolio.statement with id ${portfolioId} and on ${on}, or another day of the month. The month’s gain: portfolio.performance.`,
});

/** `November 2026` */
const monthOf = (on: string) =>
  new Date(on).toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
