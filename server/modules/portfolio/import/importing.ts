// The use cases of files: what an import would write, an import that writes it whole or not at all, and the export of a ledger.
import {
  mostProblems,
  type AskExport,
  type Imported,
  type ImportFile,
  type ImportPreview,
  type ImportRow,
  type PortfolioExport,
} from '../../../../shared/portfolio-import.ts';
import { inTransaction, type Db, type Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { inSlices } from '../../../lib/slices.ts';
import { instrumentOf } from '../ledger/written.ts';
import { found } from '../portfolios.ts';
import type { PortfolioRow, TransactionRow } from '../store.ts';
import type { WritingTools } from '../transaction-row.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { currenciesOf } from '../valuation/rates.ts';
import { toEntry } from '../views.ts';
import { readCsv } from './csv.ts';
import { createKeys } from './keys.ts';
import { exportHead, exportLine } from './own.ts';
import { planImport, type NewEntry, type Plan } from './plan.ts';
import { readFile, type ReadFile, type ReadRow } from './profiles.ts';
import { UnreadableFile } from './table.ts';

export type LedgerFiles = ReturnType<typeof createLedgerFiles>;
/** Rows of an export that are written in one go, some 10 ms. */
const linesAtOnce = 500;

export function createLedgerFiles({ db, store, clock, ids }: WritingTools) {
  /** Throws request.invalid for a file that is not of its profile. */
  function read(
    { csv, id: _id, ...options }: ImportFile,
    { baseCurrency, timeZone }: PortfolioRow,
  ): ReadFile {
    try {
      return readFile(readCsv(csv), { ...options, baseCurrency, zoneOfPortfolio: timeZone });
    } catch (error) {
      if (error instanceof UnreadableFile)
        throw new AppError('request.invalid', { fields: { csv: error.message }, cause: error });
      throw error;
    }
  }

  async function plan(on: Db | Tx, portfolio: PortfolioRow, rows: readonly ReadRow[]): Promise<Plan> {
    const { userId, baseCurrency, timeZone, startsOn } = portfolio;
    const ledger = await inWriting(on, portfolio.id);
    const drafts = rows.flatMap((row) => ('drafts' in row ? row.drafts : []));
    const currencies = new Set([baseCurrency, ...drafts.flatMap(({ terms }) => currenciesIn(terms))]);
    const today = dateIn(timeZone, clock.now().getTime());
    const asked = { userId, instruments: [], currencies: [...currencies], from: today, to: today };
    const { rates } = await store.bookRows(on, asked);
    const base = { currency: baseCurrency, book: createPriceBook([], rates) };
    const entries = ledger.map((row) => ({ ...toEntry(row), note: row.note }));
    const tools = { next: () => ids.next('ptx'), now: clock.now() };
    return planImport(rows, { startsOn, timeZone, entries, base }, tools);
  }
  const inWriting = async (on: Db | Tx, portfolioId: string): Promise<TransactionRow[]> =>
    (await store.ledger(portfolioId, undefined, on)).toSorted((a, b) => a.number - b.number);

  const rowOf = (portfolio: PortfolioRow, { digest, ...entry }: NewEntry): TransactionRow => ({
    ...entry,
    postings: [...entry.postings],
    portfolioId: portfolio.id,
    userId: portfolio.userId,
    instrument: instrumentOf(entry.terms),
    writtenAt: clock.now(),
    // No key that a caller may send holds a space.
    idempotencyKey: `import ${entry.id}`,
    requestHash: digest,
  });

  return {
    /**
     * What an import of this file would add, what is there already, and what is refused and why; nothing is written. Throws
     * portfolio.not_found, and request.invalid for a file that is not of its profile.
     */
    async preview(userId: string, input: ImportFile): Promise<ImportPreview> {
      const portfolio = found(await store.find(userId, input.id));
      const { rows, unread } = read(input, portfolio);
      const planned = await plan(db, portfolio, rows);
      return {
        portfolioId: portfolio.id,
        profile: input.profile,
        ...countsOf(planned.rows),
        unread,
        found: planned.rows.toSorted((a, b) => a.row - b.row),
      };
    },
    /**
     * Writes what is new of a file, in one transaction under the portfolio's lock; what is there already is left as it is. Throws
     * portfolio.not_found, and request.invalid that names each row that is refused; then nothing is written.
     */
    commit: (userId: string, input: ImportFile): Promise<Imported> =>
      inTransaction(db, async (tx) => {
        const portfolio = found(await store.lock(tx, userId, input.id));
        const { rows, fresh } = await plan(tx, portfolio, read(input, portfolio).rows);
        refuse(rows);
        await store.appendAll(
          tx,
          fresh.map((entry) => rowOf(portfolio, entry)),
        );
        return {
          portfolioId: portfolio.id,
          ...countsOf(rows),
          transactions: fresh.length,
          lastNumber: portfolio.transactions + fresh.length,
        };
      }),
    /** In the order of writing. Throws portfolio.not_found. */
    async export(userId: string, { id, after, most, format }: AskExport): Promise<PortfolioExport> {
      const portfolio = found(await store.find(userId, id));
      const ledger = await inWriting(db, portfolio.id);
      const { keyOf } = createKeys(ledger);
      const wanted = ledger.filter(({ number }) => number > after);
      const part = wanted.slice(0, most);
      const lines: string[] = [exportHead];
      await inSlices(
        part,
        linesAtOnce,
        (row) => void lines.push(exportLine({ ...row, key: keyOf(row.id) }, keyOf)),
      );
      return {
        portfolioId: portfolio.id,
        format,
        csv: lines.join(''),
        transactions: part.length,
        nextAfter: part.length < wanted.length ? part.at(-1)!.number : null,
      };
    },
  };
}

/** Currencies of terms that no schema has seen yet. */
function currenciesIn(terms: Readonly<Record<string, unknown>>): string[] {
  const sides = [terms, terms['sold'], terms['bought']] as ({ currency?: unknown } | undefined)[];
  const named = sides.flatMap((side) => (typeof side?.currency === 'string' ? side.currency : []));
  return named.flatMap((currency) => currenciesOf({ kind: 'deposit', amount: '1', currency }));
}

function countsOf(rows: readonly ImportRow[]) {
  const of = (outcome: ImportRow['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return {
    rows: rows.length,
    add: of('add'),
    there: of('there'),
    refused: of('refused'),
    leftOut: of('left_out'),
  };
}

/** Throws request.invalid that names each row that is refused, and counts those beyond the bound. */
function refuse(rows: readonly ImportRow[]): void {
  const refused = rows.filter(({ outcome }) => outcome === 'refused').toSorted((a, b) => a.row - b.row);
  if (refused.length === 0) return;
  const named = refused.slice(0, mostProblems).map(({ row, problem }) => [`row ${row}`, problem!] as const);
  const more = refused.length - named.length;
  throw new AppError('request.invalid', {
    fields: {
      ...Object.fromEntries(named),
      ...(more > 0 && { csv: `has ${more} rows more that are refused: correct those that are named first` }),
    },
  });
}
