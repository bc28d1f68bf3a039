// What an account is to other rooms, and what accounts need from outside: a broker to log in to, and what trading says of an account. Types only.
import type { AccountAllowance } from '../../../shared/allowance.ts';
import type { AccountType, HealthState } from '../../../shared/accounts.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { SimulatedFaultName } from '../../../shared/simulated-faults.ts';
import type { DealingState } from '../../../shared/risk.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Tx } from '../../db/transaction.ts';

/** A broker account of one user. Its name, its currency, whether it is the default and whether it is connected may change; the rest never does. */
export interface BrokerAccount {
  id: string;
  userId: string;
  environment: Environment;
  /** Whose prices count for it. */
  feed: string;
  /** The broker's own id. */
  brokerAccountId: string;
  type: AccountType;
  name: string;
  currency: string;
  isDefault: boolean;
  /** Null while it is connected: else it is only read. */
  disconnectedAt: Date | null;
}

/** What logs in to the broker as the account's owner. Never leaves the server, never logged. */
export interface BrokerCredentials {
  identifier: string;
  password: string;
  apiKey: string;
}

/** An account of a login as the broker lists it. */
export interface LoginAccount {
  brokerAccountId: string;
  name: string;
  /** `PHYSICAL` is share dealing, and whatever else is not dealt in here. */
  type: AccountType | 'PHYSICAL';
  currency: string;
  /** Open for dealing. */
  enabled: boolean;
  /** The one that a login without further words is on. */
  preferred: boolean;
  /** Null where the broker does not tell it of this account now. */
  cash: string | null;
}
/** What a login gave: its accounts, and how to keep the session it opened, so that nobody must log in again at once. */
export interface BrokerVisit {
  accounts: LoginAccount[];
  /** The session becomes that of `account`, an account of this login, under these `credentials`. Never throws. */
  keepFor(account: BrokerAccount): Promise<void>;
}
/** Logging in to the broker with credentials that are not stored yet. */
export interface BrokerDoor {
  /** Whether this installation knows where that broker is. */
  reaches(environment: Environment): boolean;
  /** One login and a look at its accounts. Throws broker.* AppErrors, with words that say what to do. */
  visit(environment: Environment, credentials: BrokerCredentials): Promise<BrokerVisit>;
  /**
   * The session of an account ends with `tx`: nobody uses or keeps one any more once it is disconnected. What comes back, called after the
   * commit, logs it out at the broker as well; it never throws and takes a few seconds at most. Without `credentials` it does nothing.
   */
  end(tx: Tx, account: BrokerAccount, credentials: BrokerCredentials | null): Promise<() => Promise<void>>;
  /** Reads the account at the broker with its stored credentials, logging in where needed. Throws broker.* AppErrors. */
  look(account: BrokerAccount): Promise<void>;
}

/** Whether somebody who is signed in has typed their password again. Throws auth.wrong_password, request.limited. */
export type CheckPassword = (who: { email: string; ip: string }, password: string) => Promise<void>;

/** Whether a login showed a code a short while ago, where its user has two-factor authentication on. Throws auth.step_up_required. */
export type RequireCodeLately = (who: { userId: string; sessionId: string }) => Promise<void>;

/** Whether somebody may deal with real money as far as their login goes: they showed that their address is theirs. */
export type MayDealLive = (userId: string) => Promise<boolean>;

/** What is left of the broker's allowance for an account, without asking the broker. Throws what reading its credentials throws. */
export type AllowanceOf = (account: BrokerAccount) => Promise<AccountAllowance>;

/** What is going on on an account, asked with its risk row locked. */
export interface AccountUse {
  of(
    tx: Tx,
    accountId: string,
  ): Promise<{ undecidedDeals: number; openPositions: number; workingOrders: number }>;
  /** What may be dealt on it, by all that was ever set, as of this transaction. */
  dealingState(tx: Tx, account: Pick<BrokerAccount, 'id' | 'environment'>): Promise<DealingState>;
}

export interface NewSimulatedLogin {
  /** At most 30 of `A-Z a-z 0-9 - _`. */
  identifier: string;
  accountId: string;
  currency: string;
  /** Opening balance, at most two decimals. */
  cash: string;
}
/** The broker's id of the account by whose login an installation's simulator sends prices for everybody. */
export const simulatedFeedAccountId = 'SFEED';
/** How one fault of the simulator stands. */
export interface FaultState {
  armed: boolean;
  /** It was for one time, and has struck. */
  spent: boolean;
  hits: number;
}
export interface SimulatedBroker {
  /** How `fault` stands: for the account, by the broker's id, or for everybody where it strikes all. Throws broker.* AppErrors. */
  faultState(fault: SimulatedFaultName, brokerAccountId: string): Promise<FaultState>;
  /** Sets it, anew where it is set already, or takes it away. Throws broker.* AppErrors. */
  setFault(fault: SimulatedFaultName, brokerAccountId: string, on: boolean): Promise<void>;
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
/** The wake-up that asks the gateway of an account to look how the broker treats it; its `id` is the account's. */
export const accountHealthWakeup = 'account_health';

/** How the broker treats an account. */
export type FoundHealth =
  { state: 'up' } | { state: Exclude<HealthState, 'up'>; message: string; brokerCode: string | null };
/** Who holds the account's stream tells it with the epoch of the lease. */
export type ReportHealth = (
  accountId: string,
  found: FoundHealth,
  fence: { epoch: number },
) => Promise<unknown>;
/** What a failure to reach the broker says of the account; null: nothing, as an allowance that is used up. */
export function healthAfter({ code, message, options }: AppError): FoundHealth | null {
  const problem = { message, brokerCode: options.brokerCode ?? null };
  if (code === 'broker.login_failed' || code === 'broker.refused') return { state: 'read_only', ...problem };
  return code === 'broker.unavailable' ? { state: 'offline', ...problem } : null;
}
