// IG's endpoints of one dealing account, under IG's own names: its lists and its stream. What deals goes out through send-once.ts.
import { accountProblem } from '../../../shared/broker-words.ts';
import type { Environment } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Allowance } from '../rest/allowance.ts';
import { IgError } from '../rest/errors.ts';
import { oddShape, outward, read } from '../rest/door.ts';
import type { Reader } from '../rest/reader.ts';
import {
  AccountsAnswer,
  ActivityAnswer,
  Confirm,
  OrdersAnswer,
  PositionsAnswer,
  TransactionsAnswer,
  type AccountBalance,
  type Activity,
  type OpenOrder,
  type OpenPosition,
  type Transaction,
} from './schemas.ts';
import type { SendOnce } from './send-once.ts';
import type { IgSession } from '../rest/session.ts';
import { fetchStreamTokens, type StreamTokens } from '../rest/stream-tokens.ts';

/** IG takes 10 to 500. */
const activityPageSize = 500;
/** 20,000 entries; beyond it the history counts as unreadable, because half of one proves nothing. */
export const maxActivityPages = 40;

/** All methods of its own throw broker.* AppErrors. */
export interface AccountClient {
  session: IgSession;
  sendOnce: SendOnce;
  allowance: Allowance;
  fetchStreamTokens(): Promise<StreamTokens>;
  /** GET /confirms/{dealReference} v1; null: none (404), or not yet (405 without a body). */
  confirm(dealReference: string): Promise<Confirm | null>;
  /** GET /positions v2, all of them. */
  positions(): Promise<OpenPosition[]>;
  /** GET /workingorders v2, all of them. */
  orders(): Promise<OpenOrder[]>;
  /** GET /history/activity v3 with details, newest first, all pages. `from` has no zone: IG's is not known for certain. */
  activity(from: string, by?: 'reconcile' | 'user'): Promise<Activity[]>;
  /** GET /history/transactions v2, all pages. `from` as above. */
  transactions(from: string): Promise<Transaction[]>;
  /** GET /accounts v1: the row of this account. */
  account(by?: 'reconcile' | 'deal'): Promise<AccountBalance>;
  /** The same question. Throws broker.refused for an account on which IG lets nothing be dealt. */
  mayDeal(): Promise<void>;
  timezoneOffsetMinutes(): Promise<number>;
}

export function createAccountClient({
  accountId,
  environment,
  session,
  sendOnce,
  allowance,
  reader: { get },
}: {
  accountId: string;
  environment: Environment;
  session: IgSession;
  sendOnce: SendOnce;
  allowance: Allowance;
  reader: Reader;
}): AccountClient {
  async function activity(from: string, by: 'reconcile' | 'user' = 'reconcile'): Promise<Activity[]> {
    const all: Activity[] = [];
    let path = `/history/activity?from=${encodeURIComponent(from)}&detailed=true&pageSize=${activityPageSize}`;
    for (let page = 0; page < maxActivityPages; page++) {
      const { activities, metadata } = read(ActivityAnswer, await get(path, 3, { by }));
      all.push(...activities);
      const next = metadata?.paging?.next;
      if (!next) return all;
      // Relative, seen with and without the slash; anything else is not IG's history.
      const [, query] = /^\/?history\/activity(\?.+)$/.exec(next) ?? [];
      if (query === undefined) throw oddShape('GET /history/activity v3', `a next page at ${next}`);
      path = `/history/activity${query}`;
    }
    throw new AppError('broker.unavailable', {
      detail: `the activity history has more than ${maxActivityPages} pages`,
    });
  }
  async function transactions(from: string): Promise<Transaction[]> {
    const all: Transaction[] = [];
    const asked = `/history/transactions?from=${encodeURIComponent(from)}&pageSize=${activityPageSize}&pageNumber=`;
    for (let page = 1; page <= maxActivityPages; page++) {
      const { transactions, metadata } = read(
        TransactionsAnswer,
        await get(`${asked}${page}`, 2, { by: 'user' }),
      );
      all.push(...transactions);
      if (page >= metadata.pageData.totalPages) return all;
    }
    throw new AppError('broker.unavailable', {
      detail: `the transaction history has more than ${maxActivityPages} pages`,
    });
  }
  const account = (by: 'reconcile' | 'deal' = 'reconcile') =>
    outward(
      get('/accounts', 1, { by, mayBeOlder: false }).then((answer) => {
        const found = read(AccountsAnswer, answer).accounts.find((each) => each.accountId === accountId);
        if (!found) throw new AppError('broker.unavailable', { detail: 'IG does not list the account' });
        return found;
      }),
    );
  return {
    session,
    sendOnce,
    allowance,
    fetchStreamTokens: () => fetchStreamTokens(get),
    confirm: (dealReference) =>
      outward(
        get(`/confirms/${encodeURIComponent(dealReference)}`, 1, { by: 'confirm', retries: 0 }).then(
          (answer) => read(Confirm, answer),
          (error: unknown) => {
            if (
              error instanceof IgError &&
              (error.facts.status === 405 ||
                (error.facts.status === 404 && error.code === 'error.confirms.deal-not-found'))
            )
              return null;
            throw error;
          },
        ),
      ),
    positions: () =>
      outward(
        get('/positions', 2, { by: 'reconcile' }).then((answer) => read(PositionsAnswer, answer).positions),
      ),
    orders: () =>
      outward(
        get('/workingorders', 2, { by: 'reconcile' }).then(
          (answer) => read(OrdersAnswer, answer).workingOrders,
        ),
      ),
    activity: (from, by) => outward(activity(from, by)),
    transactions: (from) => outward(transactions(from)),
    account,
    async mayDeal() {
      const { status } = await account();
      const message = accountProblem(environment, status);
      if (message && status) throw new AppError('broker.refused', { message, brokerCode: status });
    },
    timezoneOffsetMinutes: async () => (await session.current()).timezoneOffsetMinutes,
  };
}
