// What an account is to other rooms, and what accounts need from outside: a simulated broker that opens logins. Types only.
import type { Environment } from '../../../shared/primitives.ts';

/** A broker account of one user. Its name, its currency and whether it is the default may change; the rest never does. */
export interface BrokerAccount {
  id: string;
  userId: string;
  environment: Environment;
  /** Whose prices count for it. */
  feed: string;
  /** The broker's own id. */
  brokerAccountId: string;
  name: string;
  currency: string;
  isDefault: boolean;
}

/** What logs in to the broker as the account's owner. Never leaves the server, never logged. */
export interface BrokerCredentials {
  identifier: string;
  password: string;
  apiKey: string;
}

export interface NewSimulatedLogin {
  /** At most 30 of `A-Z a-z 0-9 - _`. */
  identifier: string;
  accountId: string;
  currency: string;
  /** Opening balance, at most two decimals. */
  cash: string;
}
export interface SimulatedBroker {
  /**
   * A login with one account. Asked again for the same identifier it answers the same, so a caller that ended before it wrote
   * the answer down just asks again. Throws broker.* AppErrors.
   */
  createLogin(wanted: NewSimulatedLogin): Promise<BrokerCredentials & { accountId: string }>;
}

/** News of accounts in this process, whichever process caused them. */
export interface AccountNews {
  /**
   * `listener` is given the id of each account that was connected, changed (its credentials too) or disconnected, within moments:
   * what was kept of it is to be forgotten. An id may come without a change. Returns how to stop listening.
   */
  listen(listener: (accountId: string) => void): () => void;
}

/** The wake-up (channel `wakeups`, key and kind) that says an account was connected, changed or disconnected; its `id` is the account's. */
export const accountsWakeup = 'accounts';
