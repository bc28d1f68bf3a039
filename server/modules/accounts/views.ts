// Rows of accounts as other rooms and as clients see them. No I/O.
import type { Account, AccountFacts, AccountHealth } from '../../../shared/accounts.ts';
import type { NewEvent } from '../../../shared/events.ts';
import { loginFeedOf } from '../../../shared/feeds.ts';
import { Environment } from '../../../shared/primitives.ts';
import type { BrokerAccount } from './ports.ts';
import type { AccountRow, HealthRow } from './store.ts';

/** Whose prices count for an account: those of a login that serves everybody in its environment, else those of its own. */
export type FeedOf = (account: Pick<AccountRow, 'id' | 'environment'>) => string;
export const createFeedOf =
  (common: readonly string[]): FeedOf =>
  ({ id, environment }) =>
    environment === 'simulated' || common.includes(environment) ? environment : loginFeedOf(id);

export const toBrokerAccount = (
  { credentials: _sealed, createdAt: _createdAt, ...row }: AccountRow,
  feedOf: FeedOf,
): BrokerAccount => ({ ...row, environment: Environment.parse(row.environment), feed: feedOf(row) });

export function toFacts(row: AccountRow, feedOf: FeedOf): AccountFacts {
  const { userId: _userId, ...account } = toBrokerAccount(row, feedOf);
  return { ...account, createdAt: row.createdAt };
}

export const toAccount = (
  row: AccountRow,
  feedOf: FeedOf,
  { health, liveDealing }: { health: HealthRow | undefined; liveDealing: boolean },
): Account => ({
  ...toFacts(row, feedOf),
  health: health ? toHealth(health) : { state: 'up', since: row.createdAt, problem: null },
  liveDealing: row.environment === 'live' ? liveDealing : null,
});

/** The event that tells of a health that is news at `at`. */
export function healthEvent(
  row: AccountRow,
  feedOf: FeedOf,
  health: HealthRow,
  at: Date,
): NewEvent<'trading'> {
  const about = { at, accountId: row.id, environment: Environment.parse(row.environment) };
  const { state, since, message, brokerCode } = health;
  if (state === 'up')
    return {
      ...about,
      type: 'account.restored',
      data: { ...toFacts(row, feedOf), health: toHealth(health) },
    };
  const problem = { message: message ?? '', brokerCode };
  return {
    ...about,
    type: 'account.degraded',
    data: { ...toFacts(row, feedOf), health: { state, since, problem } },
  };
}

const toHealth = ({ state, since, message, brokerCode }: HealthRow): AccountHealth => ({
  state,
  since,
  problem: message === null ? null : { message, brokerCode },
});
