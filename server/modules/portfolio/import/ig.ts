// IG's transaction history as CSV: its columns and words are those of IG's own history call and of public readers of such files. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { isNegative, isZero, magnitude, negate } from '../ledger/amount.ts';
import { readInstant, readNumber, RowProblem } from './cells.ts';
import { instrumentNamed, noteOf } from './names.ts';
import type { Cells, Draft, ImportContext, Profile } from './profile.ts';

const columns = [
  'DateUtc',
  'Transaction type',
  'Summary',
  'MarketName',
  'Reference',
  'PL Amount',
  'Size',
  'Open level',
  'Close level',
  'OpenDateUtc',
] as const;
const currencyColumns = ['CurrencyIsoCode', 'Currency'] as const;
/** IG writes signs in the column Currency; a dollar sign does not say whose. */
const signs: Readonly<Record<string, string>> = { '£': 'GBP', '€': 'EUR' };

export const igProfile: Profile = {
  name: 'the transaction history of IG',
  required: () => [...columns.map((column) => [column]), currencyColumns],
  reads: () => [...columns, ...currencyColumns],
  order: 'oldest first',
  draftsOf(cells, context) {
    const facts = {
      at: instant(cells, 'DateUtc'),
      amount: number(cells, 'PL Amount', context),
      currency: currencyIn(cells),
    };
    return cells('Transaction type') === 'DEAL' && hasLevels(cells)
      ? closedTrade(cells, context, facts)
      : [cashItem(cells, context, facts)];
  },
};
interface Facts {
  at: Date;
  amount: string;
  currency: string;
}

const number = (cells: Cells, column: string, { decimal: mark }: ImportContext) =>
  readNumber(cells(column), { column, mark });
const instant = (cells: Cells, column: string) =>
  readInstant(cells(column), { column, dates: 'iso', zone: 'UTC' });
const hasLevels = (cells: Cells) =>
  ['Open level', 'Close level'].every((column) => /[1-9]/.test(cells(column)));

function currencyIn(cells: Cells): string {
  const text = cells('CurrencyIsoCode') || cells('Currency');
  const currency = signs[text] ?? text;
  if (/^[A-Z]{3}$/.test(currency)) return currency;
  throw new RowProblem(
    `CurrencyIsoCode is ${JSON.stringify(text.slice(0, 10))}: write a currency code such as USD into the file`,
  );
}

/**
 * A row of what was closed tells both ends of it: they become an opening and a closing. It is taken only where size × (close − open) is the
 * profit to the cent, as in a spread bet: where contracts or a conversion stand between, its levels are not money.
 */
function closedTrade(cells: Cells, context: ImportContext, { at, amount, currency }: Facts): Draft[] {
  const [opened, closed] = [number(cells, 'Open level', context), number(cells, 'Close level', context)];
  const size = number(cells, 'Size', context);
  const quantity = magnitude(size);
  const moved = decimal.multiply(decimal.subtract(closed, opened), quantity);
  const isProfit = [moved, negate(moved)].some(
    (gain) => decimal.compare(decimal.round(gain, 2, 'half-up'), decimal.round(amount, 2, 'half-up')) === 0,
  );
  if (isZero(quantity) || !isProfit)
    throw new RowProblem(
      `PL Amount is ${amount}, and Size × (Close level − Open level) is ${moved}: it was dealt in contracts or converted, so enter it by hand and name the row in leaveOut`,
    );
  const openedAt = instant(cells, 'OpenDateUtc');
  if (openedAt > at)
    throw new RowProblem('OpenDateUtc is after DateUtc: correct the file, or name the row in leaveOut');
  // The profit tells the side better than the sign of the size, which IG documents nowhere.
  const isLong = isZero(moved) ? !isNegative(size) : isNegative(moved) === isNegative(amount);
  const traded = { instrument: instrumentNamed(cells('MarketName'), context), quantity, currency };
  const note = noteOf(`IG ${cells('Reference')}`);
  return [
    { at: openedAt, terms: { kind: isLong ? 'buy' : 'short', ...traded, price: opened }, note },
    { at, terms: { kind: isLong ? 'sell' : 'cover', ...traded, price: closed }, note },
  ];
}

const costs = new Set(['Share Dealing Commissions', 'Exchange Fees', 'PTM Levy']);
const interests = new Set(['CFD funding Interest Paid', 'Stock Borrowing Costs', 'Interest']);
const moved = new Set(['Cash In', 'Cash Out', 'Inter Account Transfers']);

function cashItem(cells: Cells, context: ImportContext, { at, amount, currency }: Facts): Draft {
  const summary = cells('Summary');
  const draft = (terms: Draft['terms']): Draft => ({
    at,
    terms: { ...terms, currency },
    note: noteOf(`IG ${cells('Reference')}: ${summary}`),
  });
  if (isZero(amount)) throw new RowProblem('PL Amount is 0: nothing was moved, so name the row in leaveOut');
  const size = magnitude(amount);
  if (moved.has(summary)) return draft({ kind: isNegative(amount) ? 'withdrawal' : 'deposit', amount: size });
  if (summary === 'Dividend' || summary === 'Dividends Paid')
    return draft({ kind: 'dividend', amount, instrument: instrumentNamed(cells('MarketName'), context) });
  if (interests.has(summary)) return draft({ kind: 'interest', amount });
  const isPaid = isNegative(amount);
  if (costs.has(summary) && isPaid) return draft({ kind: 'fee', amount: size });
  if (summary === 'SDRT' && isPaid) return draft({ kind: 'tax', amount: size });
  throw new RowProblem(
    `Summary is ${JSON.stringify(summary.slice(0, 60))} with ${amount}, of which nothing is known: enter it by hand and name the row in leaveOut`,
  );
}
