// The use cases that write into a ledger: adding a transaction, and taking one back. Each is one transaction of the database.
import {
  AddTransaction,
  ReverseTransaction,
  type PortfolioTransactionWritten,
} from '../../../shared/portfolio.ts';
import { inTransaction, type Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import { dateIn } from '../../lib/local-days.ts';
import { oncePerKey } from '../../lib/once-per-key.ts';
import { requestHash } from '../../lib/request-hash.ts';
import { positionBefore } from './days/position-before.ts';
import { standing } from './ledger/entry.ts';
import { postingsOf, reversalOf } from './ledger/postings.ts';
import { firstImpossible, problemOfTerms } from './ledger/rules.ts';
import { balanced, instrumentOf, problemOfTime } from './ledger/written.ts';
import { found } from './portfolios.ts';
import type { PortfolioRow, TransactionRow } from './store.ts';
import { createRowOf, type Key, type NewTransaction, type WritingTools } from './transaction-row.ts';
import { createPriceBook } from './valuation/price-book.ts';
import { currenciesOf, rateWithin } from './valuation/rates.ts';
import { toEntry, toTransaction } from './views.ts';

export type LedgerWriting = ReturnType<typeof createLedgerWriting>;

const hashOfAdd = requestHash(AddTransaction, 'portfolio_add');
const hashOfReverse = requestHash(ReverseTransaction, 'portfolio_reverse');

export function createLedgerWriting({ db, store, clock, ids }: WritingTools) {
  /** Performs `write` under the portfolio's lock, once per key; asked again it answers what was written. */
  function once(
    key: Key,
    portfolioId: string,
    write: (tx: Tx, portfolio: PortfolioRow) => Promise<NewTransaction>,
  ): Promise<PortfolioTransactionWritten> {
    const find = () => store.findByKey(key.userId, key.idempotencyKey);
    return oncePerKey<TransactionRow, PortfolioTransactionWritten>({
      requestHash: key.requestHash,
      found: find(),
      find,
      async replay(done) {
        const reversals = await store.reversalsOf(db, [done.id]);
        return { ...toTransaction(done, reversals.get(done.id) ?? null), replayed: true };
      },
      perform: () =>
        inTransaction(db, async (tx) => {
          const portfolio = found(await store.lock(tx, key.userId, portfolioId));
          const fresh = await write(tx, portfolio);
          const row = rowOf(key, portfolio, fresh);
          await store.append(tx, row);
          return { ...toTransaction(row, null), replayed: false };
        }).catch((error: unknown) => {
          if (store.isKeyTaken(error)) return undefined;
          throw error;
        }),
      reused: 'portfolio.key_reused',
    });
  }
  const rowOf = createRowOf({ clock, ids });

  /** Throws request.invalid for what could not have happened by then, portfolio.impossible where a later transaction could not any more. */
  async function requirePossible(tx: Tx, portfolio: PortfolioRow, fresh: NewTransaction): Promise<void> {
    const instrument = instrumentOf(fresh.terms);
    if (instrument === null) return;
    const on = dateIn(portfolio.timeZone, fresh.at.getTime());
    const own = { ...fresh, id: 'new', number: portfolio.transactions + 1, on };
    const before = await positionBefore({ store, tx }, portfolio.id, { instrument, on });
    if (before && !firstImpossible(standing([...before.since, own]), before.position)) return;
    // Why not, in the words of the whole history; it also knows lots of any age.
    const rows = (await store.ofInstrument(tx, portfolio.id, instrument)).map(toEntry);
    const problem = firstImpossible(standing([...rows, own]));
    if (!problem) return;
    const { entry, field, problem: what } = problem;
    if (entry.id === own.id) throw new AppError('request.invalid', { fields: { [`terms.${field}`]: what } });
    throw new AppError('portfolio.impossible', {
      message: `With it the ${entry.terms.kind} ${entry.id} of ${entry.on} could not have happened, its ${field} ${what}. Take that one back first.`,
    });
  }

  /** Throws portfolio.rate_missing for money that could not be told in the base currency. */
  async function requireRates(tx: Tx, portfolio: PortfolioRow, { at, terms }: NewTransaction): Promise<void> {
    const { userId, baseCurrency, timeZone } = portfolio;
    const on = dateIn(timeZone, at.getTime());
    const currencies = currenciesOf(terms).filter((currency) => currency !== baseCurrency);
    if (currencies.length === 0) return;
    const wanted = [...new Set([...currencies, baseCurrency])];
    const rows = await store.bookRows(tx, { userId, instruments: [], currencies: wanted, from: on, to: on });
    const book = createPriceBook([], rows.rates);
    const without = currencies.find(
      (currency) => rateWithin({ on, terms }, currency, { currency: baseCurrency, book }) === null,
    );
    if (without === undefined) return;
    throw new AppError('portfolio.rate_missing', {
      message: `There is no exchange rate from ${without} to ${baseCurrency} of ${on} or the seven days before it: write terms.rate, or enter one with PUT /api/portfolio/prices (portfolio.setPrices).`,
      fields: {
        [terms.kind === 'exchange' ? 'terms' : 'terms.rate']:
          `is needed to turn ${without} into ${baseCurrency}`,
      },
    });
  }

  function requireTime(portfolio: PortfolioRow, at: Date): void {
    const problem = problemOfTime(portfolio, { at, now: clock.now() });
    if (problem) throw new AppError('request.invalid', { fields: { at: problem } });
  }

  return {
    /**
     * Writes a transaction and its postings, once per key. Throws portfolio.not_found, portfolio.key_reused, request.invalid for what
     * cannot have happened, portfolio.impossible, portfolio.rate_missing; then nothing is written.
     */
    add(userId: string, input: AddTransaction): Promise<PortfolioTransactionWritten> {
      const { id, at, terms, note = null, idempotencyKey } = input;
      return once({ userId, idempotencyKey, requestHash: hashOfAdd(input) }, id, async (tx, portfolio) => {
        requireTime(portfolio, at);
        const problem = problemOfTerms(terms);
        if (problem)
          throw new AppError('request.invalid', { fields: { [`terms.${problem.field}`]: problem.problem } });
        const fresh = { at, terms, postings: balanced(postingsOf(terms)), reverses: null, note };
        await requireRates(tx, portfolio, fresh);
        await requirePossible(tx, portfolio, fresh);
        return fresh;
      });
    },
    /**
     * Takes a transaction back at its own instant, once per key. Throws portfolio.not_found, portfolio.transaction_not_found,
     * portfolio.already_reversed, portfolio.is_reversal, portfolio.impossible, portfolio.key_reused; then nothing is written.
     */
    reverse(userId: string, input: ReverseTransaction): Promise<PortfolioTransactionWritten> {
      const { id, txId, note = null, idempotencyKey } = input;
      const key = { userId, idempotencyKey, requestHash: hashOfReverse(input) };
      return once(key, id, async (tx, portfolio) => {
        const wrong = await store.findTransaction(tx, portfolio.id, txId);
        if (!wrong) throw new AppError('portfolio.transaction_not_found');
        if (wrong.reverses !== null) throw new AppError('portfolio.is_reversal');
        if ((await store.reversalsOf(tx, [txId])).size > 0) throw new AppError('portfolio.already_reversed');
        const { at, terms, postings } = wrong;
        const fresh = { at, terms, postings: balanced(reversalOf(postings)), reverses: txId, note };
        await requirePossible(tx, portfolio, fresh);
        return fresh;
      });
    },
  };
}
