// The use cases of closing prices and exchange rates that a user enters, for what no feed quotes.
import type { ListPrices, EnteredPriceList, PricesSet, SetPrices } from '../../../shared/portfolio-prices.ts';
import { decimal } from '../../../shared/decimal.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import { isHundredth, moneyOf } from './ledger/quotes.ts';
import type { PriceRow } from './store.ts';
import type { WritingTools } from './transaction-row.ts';

export type EnteredPrices = ReturnType<typeof createEnteredPrices>;

export function createEnteredPrices({ db, store, clock, ids }: WritingTools) {
  return {
    /**
     * All of them or none; one of a day that is there already is replaced. Throws request.invalid for none at all, two of one day, and a
     * rate of hundredths.
     */
    async set(userId: string, { prices, rates }: SetPrices): Promise<PricesSet> {
      const enteredAt = clock.now();
      const row = (
        fields: Pick<PriceRow, 'kind' | 'of' | 'into' | 'on' | 'value' | 'currency'>,
      ): PriceRow => ({
        id: ids.next('price'),
        userId,
        enteredAt,
        ...fields,
      });
      refuse({
        ...(prices.length + rates.length === 0 && {
          prices: 'has nothing, and rates neither: write at least one of a day',
        }),
        ...problemsOfRates(rates),
        ...repeated('prices', prices, ({ instrument, on }) => `${instrument} ${on}`),
        ...repeated('rates', rates, ({ from, to, on }) => `${from} ${to} ${on}`),
      });
      const rows = [
        ...prices.map(({ instrument, on, price, currency }) =>
          row({ kind: 'price', of: instrument, into: '', on, value: price, currency }),
        ),
        ...rates.map(({ from, to, on, rate }) =>
          row({ kind: 'rate', of: from, into: to, on, value: rate, currency: to }),
        ),
      ];
      await inTransaction(db, (tx) => store.setPrices(tx, rows));
      return { prices: prices.length, rates: rates.length };
    },
    /** What is entered already for the days of these. */
    former: (userId: string, { prices, rates }: SetPrices) =>
      store.pricesAt(userId, [
        ...prices.map(({ instrument, on }) => ({ kind: 'price' as const, of: instrument, into: '', on })),
        ...rates.map(({ from, to, on }) => ({ kind: 'rate' as const, of: from, into: to, on })),
      ]),
    /** What was entered last comes first. Throws request.invalid for a cursor that is none. */
    async list(userId: string, asked: ListPrices): Promise<EnteredPriceList> {
      const { rows, nextCursor } = await store.prices(userId, asked);
      const entries = rows.map(({ id, kind, of, currency, on, value, enteredAt }) => ({
        id,
        kind,
        of,
        currency,
        on,
        value: decimal.canonical(value),
        enteredAt,
      }));
      return { entries, nextCursor };
    },
  };
}

function refuse(fields: Record<string, string>): void {
  if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
}
const problemsOfRates = (rates: SetPrices['rates']): Record<string, string> =>
  Object.fromEntries(
    rates.flatMap(({ from, to }, index) => [
      ...[from, to]
        .filter(isHundredth)
        .map((each) => [
          `rates[${index}]`,
          `is of ${each}, in which prices are quoted: write the rate of ${moneyOf(each)}`,
        ]),
      ...(from === to ? [[`rates[${index}]`, `leads from ${from} to itself: write two currencies`]] : []),
    ]),
  );
/** Of two of one day nobody could say which one counts. */
function repeated<Each>(
  name: string,
  all: readonly Each[],
  key: (each: Each) => string,
): Record<string, string> {
  const seen = new Map<string, number>();
  return Object.fromEntries(
    all.flatMap((each, index) => {
      const first = seen.get(key(each));
      if (first === undefined) seen.set(key(each), index);
      return first === undefined
        ? []
        : [[`${name}[${index}]`, `is of the same day as ${name}[${first}]: write one of them`]];
    }),
  );
}
