// The use cases of portfolios themselves: made, listed, renamed, deleted.
import type {
  CreatePortfolio,
  Portfolio,
  PortfolioDeleted,
  PortfolioList,
  UpdatePortfolio,
} from '../../../shared/portfolio.ts';
import type { Page } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { isKnownCurrency } from '../../../shared/portfolio-transactions.ts';
import { isHundredth, moneyOf } from './ledger/quotes.ts';
import type { PortfolioRow, PortfolioStore } from './store.ts';
import { toPortfolio } from './views.ts';

export type Portfolios = ReturnType<typeof createPortfolios>;

export function createPortfolios({ store, clock, ids }: { store: PortfolioStore; clock: Clock; ids: Ids }) {
  return {
    /** Newest first. Throws request.invalid for a cursor that is none. */
    async list(userId: string, page: Page): Promise<PortfolioList> {
      const { rows, nextCursor } = await store.list(userId, page);
      return { portfolios: rows.map(toPortfolio), nextCursor };
    },
    /** Throws portfolio.not_found, also for somebody else's. */
    get: async (userId: string, id: string): Promise<Portfolio> =>
      toPortfolio(found(await store.find(userId, id))),
    /** Throws request.invalid for a base currency that is none, or in which nothing is paid. */
    async create(userId: string, { baseCurrency, ...input }: CreatePortfolio): Promise<Portfolio> {
      const problem = isHundredth(baseCurrency)
        ? `in which prices are quoted and nothing is paid: write ${moneyOf(baseCurrency)}`
        : !isKnownCurrency(baseCurrency) && 'which is no currency by ISO 4217: write one such as GBP';
      if (problem)
        throw new AppError('request.invalid', {
          fields: { baseCurrency: `is ${baseCurrency}, ${problem}` },
        });
      const row: PortfolioRow = {
        id: ids.next('pf'),
        userId,
        baseCurrency,
        ...input,
        createdAt: clock.now(),
        transactions: 0,
        statementToldOn: null,
      };
      await store.insert(row);
      return toPortfolio(row);
    },
    /** What is left out stays. Throws portfolio.not_found. */
    async update(userId: string, { id, name, tags }: UpdatePortfolio): Promise<Portfolio> {
      const changes = { ...(name !== undefined && { name }), ...(tags !== undefined && { tags }) };
      return toPortfolio(found(await store.update(userId, id, changes)));
    },
    /** With its whole ledger, for good. Throws portfolio.not_found. */
    async delete(userId: string, id: string): Promise<PortfolioDeleted> {
      const { transactions } = found(await store.delete(userId, id));
      return { id, transactions };
    },
  };
}

/** Throws portfolio.not_found for none. */
export function found(row: PortfolioRow | undefined): PortfolioRow {
  if (!row) throw new AppError('portfolio.not_found');
  return row;
}
