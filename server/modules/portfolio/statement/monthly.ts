// Statements of months that are over, told to the portfolios' users: once each, in the transaction that notes it.
import { and, between, count, eq, isNull, lt, or } from 'drizzle-orm';
import { portfolios, portfolioTransactions } from '../../../../drizzle/schema/index.ts';
import { inTransaction, type Db } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import type { Notify } from '../../notifications/ports.ts';
import { portfoliosAfter } from '../days/store.ts';
import { dayAfter } from '../performance/days.ts';
import type { PortfolioRow } from '../store.ts';

/** What happened on an account within the month flows in a little later. */
const settledAfterMs = 3_600_000;
const portfoliosAtOnce = 500;

export function createMonthlyStatements({
  db,
  notify,
  wake,
  clock,
}: {
  db: Db;
  notify: Notify;
  wake: (userId: string) => void;
  clock: Clock;
}) {
  /** The first and the last day of the month that was over last in the portfolio's zone; null where it was told, or over before there was the portfolio. */
  function untold({ timeZone, createdAt, startsOn, statementToldOn }: PortfolioRow) {
    const today = dateIn(timeZone, clock.now().getTime() - settledAfterMs);
    const last = dayAfter(`${today.slice(0, 7)}-01`, -1);
    const isOfIts = startsOn <= last && dateIn(timeZone, createdAt.getTime()) <= last;
    return isOfIts && (statementToldOn ?? '') < last ? { first: `${last.slice(0, 7)}-01`, last } : null;
  }
  const tell = ({ id, userId, name }: PortfolioRow, { first, last }: { first: string; last: string }) =>
    inTransaction(db, async (tx) => {
      const { statementToldOn } = portfolios;
      const noted = await tx
        .update(portfolios)
        .set({ statementToldOn: last })
        .where(and(eq(portfolios.id, id), or(isNull(statementToldOn), lt(statementToldOn, last))))
        .returning({ id: portfolios.id });
      if (noted.length === 0) return;
      const rows = portfolioTransactions;
      const [written] = await tx
        .select({ count: count() })
        .from(rows)
        .where(and(eq(rows.portfolioId, id), between(rows.on, first, last)));
      const data = { portfolioId: id, name, on: last, transactions: written!.count };
      await notify(tx, { kind: 'statement.ready', data, userId, at: clock.now(), accountId: null });
    });

  return {
    /**
     * Tells what is ready of every portfolio with transactions. It may run in several processes at once. One that fails holds up no other; throws the
     * first failure in the end.
     */
    async run(): Promise<void> {
      const failures: unknown[] = [];
      for (let after = ''; ;) {
        const some = await portfoliosAfter(db, after, portfoliosAtOnce);
        for (const { portfolio } of some) {
          const month = untold(portfolio);
          if (!month) continue;
          try {
            await tell(portfolio, month);
            wake(portfolio.userId);
          } catch (error) {
            failures.push(error);
          }
        }
        if (some.length < portfoliosAtOnce) break;
        after = some.at(-1)!.portfolio.id;
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
