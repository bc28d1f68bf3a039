// The door of the accounts module: who owns which broker account, what logs in to it, and which of them have changed.
import { accountOfFeed } from '../../../shared/feeds.ts';
import type { Database } from '../../db/client.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import { createAttempts } from '../../db/attempts.ts';
import type { Bus } from '../../messaging/index.ts';
import type { UserEvents } from '../events/index.ts';
import type { AccountChanges } from './changes.ts';
import { createChange } from './changing.ts';
import { createConnecting } from './connecting.ts';
import { createFeedAccess } from './feeds.ts';
import { createHealthReports } from './health.ts';
import { createJoin } from './joining.ts';
import { keepAccounts } from './kept.ts';
import { createLeaving } from './leaving.ts';
import { createLiveDealing } from './live-dealing.ts';
import {
  accountHealthWakeup,
  accountsWakeup,
  type AccountUse,
  type AllowanceOf,
  type BrokerAccount,
  type BrokerDoor,
  type CheckPassword,
  type MayDealLive,
  type ReportHealth,
  type RequireCodeLately,
  type SimulatedBroker,
} from './ports.ts';
import { accountsRest } from './rest.ts';
import { createAccountsRouter } from './router.ts';
import { createAccountsService } from './service.ts';
import { createAccountStore } from './store.ts';
import { createFeedOf, type CommonFeed } from './views.ts';

export { createAccountChanges, type AccountChanges } from './changes.ts';
export { openAccount } from './opened.ts';
export { sealedCredentials } from './sealed.ts';
export { simulatedNames, simulatedStart } from './simulated.ts';
export { accountsWakeup, simulatedFeedAccountId } from './ports.ts';
export type {
  AccountUse,
  BrokerAccount,
  BrokerCredentials,
  BrokerDoor,
  CheckPassword,
  MayDealLive,
  RequireCodeLately,
  SimulatedBroker,
} from './ports.ts';
import type { Notify } from '../notifications/index.ts';
export type AccountsModule = ReturnType<typeof createAccountsModule>;

export const accountsFace = {
  about:
    'Accounts with the broker: demo and live ones that you connect, and a simulated one that is made on first use where the simulator runs.',
  createRouter: createAccountsRouter,
  rest: accountsRest,
};

/** Logins that the broker may refuse, by one user: it locks a login after some, and nobody is to guess here. Those that it lets in do not count. */
const connectAttempts = { points: 10, seconds: 15 * 60 };

/** Accounts that an administrator sees at once. */
const maxListed = 500;

/**
 * `simulator` is null where none runs: nobody gets an account unasked then. `changes` are followed by whoever starts them; without
 * them nothing of an account is kept. `feeds` are those of logins that serve everybody.
 */
export function createAccountsModule({
  database,
  ids,
  clock,
  sealer,
  bus,
  simulator,
  door,
  use,
  allowanceOf,
  checkPassword,
  requireCodeLately,
  mayDealLive,
  events,
  notify,
  feeds,
  changes,
  logger,
}: {
  database: Database;
  ids: Ids;
  clock: Clock;
  sealer: Sealer;
  bus: Bus;
  simulator: SimulatedBroker | null;
  door: BrokerDoor;
  use: AccountUse;
  allowanceOf: AllowanceOf;
  checkPassword: CheckPassword;
  requireCodeLately: RequireCodeLately;
  mayDealLive: MayDealLive;
  events: Pick<UserEvents, 'append' | 'wake'>;
  notify: Notify;
  feeds: readonly CommonFeed[];
  changes?: AccountChanges;
  logger: Logger;
}) {
  const announce = (id: string) => {
    changes?.tell(id); // whoever asks this process next sees what was just done
    bus.publish('wakeups', accountsWakeup, { kind: accountsWakeup, id });
  };
  const store = createAccountStore(database.db);
  const feedOf = createFeedOf(feeds);
  const attempts = createAttempts(database.pool, 'connectAttempts', connectAttempts);
  const shared = { db: database.db, store, ids, clock, sealer, events, notify, feedOf, announce };
  const askGateway = (id: string) =>
    bus.publish('wakeups', accountHealthWakeup, { kind: accountHealthWakeup, id });
  const health = createHealthReports({ ...shared, askGateway });
  const connecting = createConnecting({
    ...shared,
    join: createJoin(shared),
    door,
    simulator,
    health,
    attempts,
  });
  const change = createChange(shared);
  const leaving = createLeaving({ ...shared, change, use, door });
  const liveDealing = createLiveDealing({
    ...shared,
    change,
    use,
    checkPassword,
    requireCodeLately,
    mayDealLive,
  });
  const service = createAccountsService({
    ...shared,
    simulator,
    connecting,
    leaving,
    allowanceOf,
    liveDealing,
  });
  const { forUser, all, credentialsOf } = service;
  const find = keepAccounts(service.find, changes);
  return {
    router: createAccountsRouter(service),
    /** Of a user's connected accounts. */
    idsOf: async (userId: string): Promise<string[]> => (await store.listOf(userId)).map(({ id }) => id),
    /** What a user has connected, now or once, oldest first: what administrators see of it. */
    everOf: async (userId: string) =>
      (await store.listEverOf(userId)).map(({ id, environment, name, disconnectedAt }) => ({
        id,
        environment,
        name,
        disconnectedAt,
      })),
    /**
     * Takes all accounts of a user out of use, simulated ones with what is open on them. Throws accounts.deal_under_way and
     * accounts.open_positions before any is left.
     */
    async leaveAll(userId: string): Promise<void> {
      const rows = await store.listOf(userId);
      await leaving.requireLeavable(rows);
      for (const { id, environment } of rows)
        await leaving.disconnect(userId, id, { withOpenPositions: environment === 'simulated' });
    },
    forUser,
    all,
    credentialsOf,
    /** A connected account of this installation, kept while its changes are followed; null for any other. */
    find,
    /** The feeds of a user, see feeds.ts. */
    feeds: createFeedAccess({ store, feedOf, common: feeds.map(({ feed }) => feed), changes }),
    /** The connected account whose own login a feed is; null for any other feed. */
    async ofFeed(feed: string): Promise<BrokerAccount | null> {
      const id = accountOfFeed(feed);
      const account = id === undefined ? null : await find(id);
      return account?.feed === feed ? account : null;
    },
    /**
     * Tells every process that the row of an account is new, changed or gone: they drop its client, its stream, and what else they
     * keep of it. Call it after the commit; a command may do so too.
     */
    announce,
    /** What the gateway that holds an account found. Rejects when it could not be written. */
    reportHealth: health.report satisfies ReportHealth,
    /** A request for an account had no answer: its gateway looks whether that is the broker's state. */
    suspect: askGateway,
    /** Connected accounts with how the broker treats them: those that are not up first, 500 at most. */
    healthList: () => store.listHealth(maxListed),
    /** Accounts in each state, a second old at most. */
    healthCounts: health.counts,
    /** The broker let an account in (null), or refused to. */
    reportLogin: (accountId: string, refusal: AppError | null): void =>
      void (
        refusal
          ? health.reportFailure(accountId, refusal)
          : health.report(accountId, { state: 'up' }, 'login')
      ).catch((err: unknown) =>
        logger.warn({ err, account: accountId }, 'the health of an account could not be written'),
      ),
  };
}
