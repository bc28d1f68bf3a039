// IG's endpoints of one dealing account, under IG's own names: its lists and its stream. What deals goes out through send-once.ts.
import { AppError } from '../../lib/app-error.ts';
import type { Allowance } from '../rest/allowance.ts';
import { IgError } from '../rest/errors.ts';
import { oddShape, outward, read } from '../rest/door.ts';
import type { Reader } from '../rest/reader.ts';
import {
  AccountsAnswer,
  ActivityAnswer,
  Confirm,
  PositionsAnswer,
  type AccountBalance,
  type Activity,
  type OpenPosition,
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
  /** GET /history/activity v3 with details, newest first, all pages. `from` has no zone: IG's is not known for certain. */
  activity(from: string): Promise<Activity[]>;
  /** GET /accounts v1: the row of this account. */
  account(): Promise<AccountBalance>;
  timezoneOffsetMinutes(): Promise<number>;
}

export function createAccountClient({
  accountId,
  session,
  sendOnce,
  allowance,
  reader: { get },
}: {
  accountId: string;
  session: IgSession;
  sendOnce: SendOnce;
  allowance: Allowance;
  reader: Reader;
}): AccountClient {
  async function activity(from: string): Promise<Activity[]> {
    const all: Activity[] = [];
    let path = `/history/activity?from=${encodeURIComponent(from)}&detailed=true&pageSize=${activityPageSize}`;
    for (let page = 0; page < maxActivityPages; page++) {
      const { activities, metadata } = read(ActivityAnswer, await get(path, 3, { by: 'reconcile' }));
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
    activity: (from) => outward(activity(from)),
    account: () =>
      outward(
        get('/accounts', 1, { by: 'reconcile' }).then((answer) => {
          const found = read(AccountsAnswer, answer).accounts.find((each) => each.accountId === accountId);
          if (!found) throw new AppError('broker.unavailable', { detail: 'IG does not list the account' });
          return found;
        }),
      ),
    timezoneOffsetMinutes: async () => (await session.current()).timezoneOffsetMinutes,
  };
}
