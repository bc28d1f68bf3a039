// How our books compare with the broker's, as their owner and an operator read it: drift, and breaks. Changes nothing.
import { decimal } from '../../../../shared/decimal.ts';
import type { BooksBreak, BreakList, Drift, ListBreaks } from '../../../../shared/history.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { Metrics } from '../../../lib/metrics.ts';
import type { Accounts } from '../ports.ts';
import type { BooksStore, BreakRow } from './store.ts';

export type BooksReads = ReturnType<typeof createBooksReads>;

interface BooksReadsDeps {
  booksStore: BooksStore;
  accounts: Accounts;
  clock: Clock;
  metrics?: Metrics;
}

export function createBooksReads({ booksStore, accounts, clock, metrics }: BooksReadsDeps) {
  const secondsSince = (at: Date, now = clock.now()) => Math.max(0, Math.floor(ageMs(at, now) / 1_000));
  const toBreak = ({ brokerDealId, dealId: deal, ...row }: BreakRow): BooksBreak => ({
    ...row,
    dealId: brokerDealId,
    deal,
    ageSeconds: secondsSince(row.openedAt, row.resolvedAt ?? clock.now()),
  });

  metrics?.gauge(
    'ftrader_breaks_open',
    'Open breaks: what FTrader and the broker do not agree on',
    ['environment', 'kind'],
    async () => (await booksStore.openByKind()).map(({ count: value, ...labels }) => ({ labels, value })),
  );
  const byEnvironment =
    (measure: (row: Awaited<ReturnType<BooksStore['readings']>>[number]) => number, sum: boolean) =>
    async () => {
      const values = new Map<string, number>();
      for (const row of await booksStore.readings()) {
        const [known, value] = [values.get(row.environment) ?? 0, measure(row)];
        values.set(row.environment, sum ? known + value : Math.max(known, value));
      }
      return [...values].map(([environment, value]) => ({ labels: { environment }, value }));
    };
  metrics?.gauge(
    'ftrader_drift_seconds',
    'The longest time since the books of a connected account were the broker’s',
    ['environment'],
    byEnvironment(({ agreedAt }) => (agreedAt ? secondsSince(agreedAt) : 0), false),
  );
  metrics?.gauge(
    'ftrader_drifting_accounts',
    'Connected accounts whose newest reading left something that nothing explains, or found another cash',
    ['environment'],
    byEnvironment(
      ({ unsettled, ourCash, brokerCash }) =>
        Number(unsettled > 0 || (ourCash !== null && brokerCash !== null && !isSame(ourCash, brokerCash))),
      true,
    ),
  );

  return {
    /** Throws accounts.*. */
    async drift(userId: string, accountId?: string): Promise<Drift> {
      const account = await accounts.forUser(userId, accountId);
      const [reading, openBreaks] = await Promise.all([
        booksStore.reading(account.id),
        booksStore.countOpen(account.id),
      ]);
      const { ourCash = null, brokerCash = null, agreedAt = null } = reading ?? {};
      const at = clock.now();
      return {
        accountId: account.id,
        environment: account.environment,
        at,
        agreedAt,
        seconds: agreedAt && secondsSince(agreedAt, at),
        readAt: reading?.readAt ?? null,
        cash:
          ourCash === null || brokerCash === null
            ? null
            : {
                ours: decimal.canonical(ourCash),
                brokers: decimal.canonical(brokerCash),
                difference: decimal.subtract(ourCash, brokerCash),
                currency: account.currency,
              },
        differences: reading?.differences ?? [],
        unsettled: reading?.unsettled ?? 0,
        openBreaks,
      };
    },
    /** Newest first. Throws accounts.*, and request.invalid for a cursor of another list. */
    async breaks(userId: string, { accountId, ...page }: ListBreaks): Promise<BreakList> {
      const account = await accounts.forUser(userId, accountId);
      const { rows, nextCursor } = await booksStore.list(account.id, page);
      return { breaks: rows.map(toBreak), nextCursor };
    },
  };
}
const isSame = (one: string, two: string) => decimal.compare(one, two) === 0;
