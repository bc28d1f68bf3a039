// Somebody who acts for users of this installation through the product's own procedures, without a server of their own: for commands.
import { pause } from '../../lib/clock.ts';
import { createMetrics } from '../../lib/metrics.ts';
import { noAlerts } from '../../modules/alerts/index.ts';
import { createAuditModule } from '../../modules/audit/index.ts';
import { toUser, createUsersModule } from '../../modules/users/index.ts';
import { createPortfolioModule } from '../../modules/portfolio/index.ts';
import { createCallerFactory, router } from '../../trpc/init.ts';
import type { Principal } from '../../trpc/context.ts';
import type { Administration } from '../../modules/auth/index.ts';
import { createSimulatedBroker } from '../../ig/index.ts';
import { composeBrokers } from '../broker.ts';
import { composeCandles } from '../candles.ts';
import type { Ground } from '../ground.ts';
import type { Config } from '../../config.ts';
import type { Secrets } from '../given.ts';
import { answerForKeys, composeKeyring } from '../keys.ts';
import { composeMail } from '../mail.ts';
import { composeMarketData } from '../market-data.ts';
import { composeTrading, composeWriters } from '../money.ts';
import { composePrices } from '../prices.ts';
import { feedLogin } from '../simulator.ts';

export type Actor = Awaited<ReturnType<typeof openActor>>;
export type Api = ReturnType<Actor['as']>;
type UserRow = NonNullable<Awaited<ReturnType<Administration['find']>>>;

export interface Parts {
  config: Config;
  secrets: Secrets;
  /** Of the simulator of this installation, ending in `/gateway/deal`. */
  simulatorUrl: string;
}

const scopes: Principal['scopes'] = new Set([
  'session',
  'market',
  'account:read',
  'trade:open',
  'trade:close',
]);

/**
 * Deals with the simulator at `simulatorUrl` alone, whatever brokers the installation has. Nothing is listened to: a deal is decided by
 * what is read of the broker, unless a server that runs beside was told before.
 */
export async function openActor(ground: Ground, { config, secrets, simulatorUrl }: Parts) {
  const { database, clock, ids, lifecycle } = ground;
  const { simulatorAdminToken: token } = secrets;
  const alone: Config = { ...config, ig: undefined };
  const keyring = composeKeyring(secrets);
  const writers = composeWriters(ground, { config, mail: composeMail(ground, config), keyring });
  await answerForKeys(ground, keyring);
  const nobodyTypes = async (): Promise<never> => {
    throw new Error('invariant: nobody types a password here');
  };
  const signIn = {
    twoFactorOf: async () => ({ enabled: false, recoveryCodesLeft: 0 }),
    emailChange: { requestEmailChange: nobodyTypes, confirmEmailChange: nobodyTypes },
    erasing: { admitErasure: nobodyTypes, erase: nobodyTypes },
  };
  const brokers = composeBrokers(ground, {
    config: alone,
    secrets,
    keyring,
    simulated: { login: feedLogin(token, simulatorUrl) },
    events: writers.events,
    notify: writers.notifications.notify,
    checkPassword: nobodyTypes,
    requireCodeLately: nobodyTypes,
    mayDealLive: async () => false,
  });
  const prices = composePrices(ground, brokers);
  const trading = composeTrading(ground, brokers, writers, prices, { appliesEvents: false });
  const candles = composeCandles(ground, { brokers, config: alone });
  const { router: marketData } = composeMarketData(ground, brokers, writers, prices, trading, candles);
  const portfolio = createPortfolioModule({ database, clock, ids, brokerCash: trading.brokerCash }).router;
  lifecycle.onClose('jobs', () => writers.jobs.close());
  await writers.jobs.start({ work: false });
  await writers.followers.start();

  const callerOf = createCallerFactory(
    router({
      users: createUsersModule({ database, signIn, leaveAccounts: nobodyTypes }).router,
      accounts: brokers.accounts.router,
      marketData,
      trading: trading.router,
      portfolio,
      notifications: writers.notifications.routerWith(noAlerts),
    }),
  );
  const audit = createAuditModule({ ...ground, metrics: createMetrics() }); // a command shows none, and has its own rows beside
  /** Who calls is the user; that no session proves it is in the audit rows. */
  const as = (user: UserRow) => {
    const requestId = ids.next('command');
    const caller = { userId: user.id, sessionId: null, requestId, ip: null };
    return callerOf({
      requestId,
      clock,
      ip: '127.0.0.1',
      isOperator: false,
      userAgent: undefined,
      principal: { user: toUser(user), sessionId: 'command', scopes },
      places: {
        take: (left = new AbortController().signal) => ({ signal: left, failure: undefined, leave() {} }),
      },
      audit: {
        begin: (action) => audit.begin({ ...caller, action }),
        refuse: (action, outcome, who) => audit.refuse({ ...caller, action }, outcome, who),
      },
    });
  };
  return {
    as,
    simulator: createSimulatedBroker({ baseUrl: simulatorUrl, token, clock }),
    /** The connected ones of a user; none is made. */
    accountsOf: async (userId: string) =>
      (await brokers.accounts.all()).filter((account) => account.userId === userId),
    /** Reads the broker's lists of an account now: what is undecided gets its verdict. */
    read: trading.reconcileAccount,
    /** The same, and what a crash left behind is looked for first, as a worker does it. */
    async settle(accountId: string): Promise<void> {
      await trading.sweep();
      await trading.reconcileAccount(accountId);
    },
    wait: (ms: number) => pause(clock, ms),
    settled: trading.settled,
  };
}
