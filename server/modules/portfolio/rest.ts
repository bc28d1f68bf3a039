// Where REST has the procedures of portfolios.
import { mostOfImport } from '../../../shared/portfolio-import.ts';
import type { RestRows, Success } from '../../trpc/rest.ts';
import type { createPortfolioRouter } from './router.ts';

const created: Success<{ id: string }> = {
  statuses: { 201: { description: 'Made.', location: 'where it is' } },
  of: ({ id }) => ({ status: 201, location: `/api/portfolio/${id}` }),
};
const missing =
  'A price or rate counts on its day and for seven days more. What is missing is named in `missing`, and what needs it is null: nothing is guessed.';
const written =
  'The ledger is only ever added to. The same key and request again gives the stored transaction (`replayed`) and writes nothing; after an error nothing is written.';
const file = `A file has ${mostOfImport.rows.toLocaleString('en')} rows at most and fits into one request of 100 kB; a longer one comes in parts, in their order, each with the head.`;
const importExample = {
  id: 'pf_…',
  profile: 'ftrader',
  csv: 'at,kind,instrument,quantity,price,currency\n2026-01-05T14:31:00Z,buy,VOD,1000,98.4,GBX\n',
};
const ofOne = ['portfolio.not_found'] as const;

export const portfolioRest: RestRows<ReturnType<typeof createPortfolioRouter>> = {
  list: {
    method: 'GET',
    path: '/portfolio',
    summary: 'Your portfolios, newest first',
    example: { limit: 20 },
    revalidates: true,
  },
  create: {
    method: 'POST',
    path: '/portfolio',
    summary: 'Make a portfolio',
    success: created,
    example: { name: 'Shares', baseCurrency: 'GBP', timeZone: 'Europe/London', startsOn: '2026-01-01' },
  },
  listPrices: {
    method: 'GET',
    path: '/portfolio/prices',
    summary: 'Closing prices and exchange rates that you entered',
    example: { of: 'AAPL' },
    revalidates: true,
  },
  setPrices: {
    method: 'PUT',
    path: '/portfolio/prices',
    summary: 'Enter closing prices and exchange rates',
    description: 'All of them or none. One of a day that is there already is replaced.',
    example: {
      prices: [{ instrument: 'AAPL', on: '2026-01-05', price: '267.26', currency: 'USD' }],
      rates: [{ from: 'USD', to: 'GBP', on: '2026-01-05', rate: '0.7391' }],
    },
  },
  get: {
    method: 'GET',
    path: '/portfolio/{id}',
    summary: 'One portfolio',
    errors: ofOne,
    example: { id: 'pf_…' },
    revalidates: true,
  },
  update: {
    method: 'PATCH',
    path: '/portfolio/{id}',
    summary: 'Change its name or tags',
    errors: ofOne,
    example: { id: 'pf_…', tags: ['pension'] },
  },
  delete: {
    method: 'DELETE',
    path: '/portfolio/{id}',
    summary: 'Delete it with its whole ledger, for good',
    errors: ofOne,
    example: { id: 'pf_…' },
  },
  holdings: {
    method: 'GET',
    path: '/portfolio/{id}/holdings',
    summary: 'What is held: units, cost, value, gain and currency effects of each instrument, and the cash',
    description: `By any method of cost basis, as of any instant; realised plus unrealised is the same by all. An epic of the broker is priced by it where you entered none, and what runs on the accounts that flow in is told apart. ${missing}`,
    errors: ofOne,
    example: { id: 'pf_…', method: 'section_104' },
    revalidates: true,
  },
  transactions: {
    method: 'GET',
    path: '/portfolio/{id}/transactions',
    summary: 'Its ledger, newest first',
    errors: ofOne,
    example: { id: 'pf_…', limit: 20 },
    revalidates: true,
  },
  addTransaction: {
    method: 'POST',
    path: '/portfolio/{id}/transactions',
    summary: 'Enter a transaction',
    description: `What cannot have happened is refused: a sale of more than is held by then, a date before the portfolio starts or in the future, money without an exchange rate. ${written}`,
    errors: [...ofOne, 'portfolio.key_reused', 'portfolio.impossible', 'portfolio.rate_missing'],
    example: {
      id: 'pf_…',
      idempotencyKey: 'a-new-one-for-each-intent',
      at: '2026-01-05T14:31:00Z',
      terms: { kind: 'buy', instrument: 'VOD', quantity: '1000', price: '98.4', currency: 'GBX', fee: '5' },
    },
  },
  reverseTransaction: {
    method: 'POST',
    path: '/portfolio/{id}/transactions/{txId}/reversal',
    summary: 'Take a transaction back',
    description: `A reversal posts the opposite at the same instant; a reversal itself is not taken back. ${written}`,
    errors: [
      ...ofOne,
      'portfolio.transaction_not_found',
      'portfolio.already_reversed',
      'portfolio.is_reversal',
      'portfolio.impossible',
      'portfolio.key_reused',
    ],
    example: {
      id: 'pf_…',
      txId: 'ptx_…',
      note: 'the price was wrong',
      idempotencyKey: 'a-new-one-for-each-intent',
    },
  },
  trades: {
    method: 'GET',
    path: '/portfolio/{id}/trades',
    summary: 'Round trips: what was opened and closed, with statistics',
    errors: ofOne,
    example: { id: 'pf_…', method: 'fifo' },
    revalidates: true,
  },
  gains: {
    method: 'GET',
    path: '/portfolio/{id}/gains',
    summary: 'Realised gains by tax year, as a table or as CSV',
    description: `Each currency’s money at the rate of its own transaction or day. ${missing}`,
    errors: ofOne,
    example: { id: 'pf_…', method: 'section_104', taxYear: 'uk', from: '2025-04-06', to: '2026-04-05' },
    revalidates: true,
  },
  performance: {
    method: 'GET',
    path: '/portfolio/{id}/performance',
    summary: 'The performance of a period, each figure with its definition and convention',
    description: `Contributions sum to the gain, exactly. ${missing}`,
    errors: ofOne,
    example: { id: 'pf_…', from: '2026-01-01', to: '2026-03-31' },
    revalidates: true,
  },
  valuations: {
    method: 'GET',
    path: '/portfolio/{id}/valuations',
    summary: 'What it was worth at the end of each day, and what came and went on it',
    description: `Every calendar day of the portfolio’s zone, today included. ${missing}`,
    errors: ofOne,
    example: { id: 'pf_…', from: '2026-01-01', to: '2026-03-31' },
    revalidates: true,
  },
  explain: {
    method: 'GET',
    path: '/portfolio/{id}/explain',
    summary:
      'How a figure is made: its formula, the terms of it, and the prices, rates and transactions behind each',
    description:
      'The terms evaluate to the figure: money to the last digit. Of a long list the first parts are told, and what the rest comes to.',
    errors: ofOne,
    example: { id: 'pf_…', figure: 'gain', from: '2026-01-01', to: '2026-03-31' },
    revalidates: true,
  },
  statement: {
    method: 'GET',
    path: '/portfolio/{id}/statement',
    summary: 'The cash of a day, movement by movement, beside the broker’s balance and its own history',
    description:
      'Of a portfolio that fills from a broker account each difference names the rows on both sides; of any other it has our side alone, and why.',
    errors: [...ofOne, 'broker.unavailable', 'broker.limited'],
    example: { id: 'pf_…', on: '2026-01-05' },
    revalidates: true,
  },
  importPreview: {
    method: 'POST',
    path: '/portfolio/{id}/import/preview',
    summary: 'What an import of a CSV file would add, row by row; nothing is written',
    description: `${file} Each row is new, there already, or refused with the reason.`,
    errors: ofOne,
    example: importExample,
  },
  importCommit: {
    method: 'POST',
    path: '/portfolio/{id}/import',
    summary: 'Import a CSV file of transactions',
    description: `${file} All that is new is written, or nothing: the error names each row that is refused by its line. What is there already is not written again, and of several equal ones as many as the file has are kept.`,
    errors: ofOne,
    example: importExample,
  },
  export: {
    method: 'GET',
    path: '/portfolio/{id}/export',
    summary: 'The ledger as CSV, which an import reads',
    description:
      'Corrections included, in the order of writing. Next-After says with which `after` the next part is asked for; without it this was the last.',
    errors: ofOne,
    example: { id: 'pf_…' },
    asText: ({ format, csv, nextAfter }) =>
      format === 'csv'
        ? {
            type: 'text/csv; charset=utf-8; header=present',
            text: csv,
            headers: { ...(nextAfter !== null && { 'Next-After': String(nextAfter) }) },
          }
        : undefined,
    textType: 'text/csv',
    revalidates: true,
  },
};
