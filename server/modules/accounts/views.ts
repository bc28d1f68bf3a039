// Rows of accounts as other rooms and as clients see them. No I/O.
import { errorRegistry } from '../../../shared/errors.ts';
import type { Account, AccountFacts, AccountType } from '../../../shared/accounts.ts';
import type { NewEvent } from '../../../shared/events.ts';
import { loginFeedOf } from '../../../shared/feeds.ts';
import { Environment } from '../../../shared/primitives.ts';
import type { BrokerAccount } from './ports.ts';
import type { AccountRow, HealthRow } from './store.ts';

/** A feed of a login that serves everybody, of whose accounts one type alone can be dealt on by its prices: the broker refuses a login the markets of the other. */
export interface CommonFeed {
  feed: string;
  serves: AccountType;
}
/** Whose prices count for an account: those of a login that serves everybody of its environment and type, else those of its own. */
export type FeedOf = (account: Pick<AccountRow, 'id' | 'environment' | 'type'>) => string;
export function createFeedOf(common: readonly CommonFeed[]): FeedOf {
  const served = new Map([
    ['simulated', 'CFD'],
    ...common.map(({ feed, serves }) => [feed, serves] as const),
  ]);
  return ({ id, environment, type }) => (served.get(environment) === type ? environment : loginFeedOf(id));
}

export const toBrokerAccount = (
  { credentials: _sealed, createdAt: _createdAt, ...row }: AccountRow,
  feedOf: FeedOf,
): BrokerAccount => ({ ...row, environment: Environment.parse(row.environment), feed: feedOf(row) });

export function toFacts(row: AccountRow, feedOf: FeedOf): AccountFacts {
  const { userId: _userId, ...account } = toBrokerAccount(row, feedOf);
  return { ...account, createdAt: row.createdAt };
}

const left = errorRegistry['accounts.disconnected'].message;

export const toAccount = (
  row: AccountRow,
  feedOf: FeedOf,
  { health, liveDealing }: { health: HealthRow | undefined; liveDealing: boolean },
): Account => ({
  ...toFacts(row, feedOf),
  health: row.disconnectedAt
    ? { state: 'disconnected', since: row.disconnectedAt, problem: { message: left, brokerCode: null } }
    : health
      ? toHealth(health)
      : { state: 'up', since: row.createdAt, problem: null },
  liveDealing: row.environment === 'live' ? liveDealing : null,
});

export type HealthEvent = Extract<NewEvent<'trading'>, { type: 'account.restored' | 'account.degraded' }>;
/** The event that tells of a health that is news at `at`. */
export function healthEvent(row: AccountRow, feedOf: FeedOf, health: HealthRow, at: Date): HealthEvent {
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

const toHealth = ({ state, since, message, brokerCode }: HealthRow) => ({
  state,
  since,
  problem: message === null ? null : { message, brokerCode },
});
