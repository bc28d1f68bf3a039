// The accounts of this process: finds them in the database, at start, when one is connected and now and then; one of them is in runner.ts.
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Bus, KeyedSubscription } from '../../messaging/bus.ts';
import { accountsWakeup, type BrokerAccount } from '../../modules/accounts/ports.ts';
import type { AccountClients } from './clients.ts';
import { createAccountRunner, type AccountRunnerDeps, type AccountStatus } from './runner.ts';

/** Which accounts there are, and how to reach them. */
export interface ConnectedAccounts {
  all(): Promise<BrokerAccount[]>;
  clients: AccountClients;
}

interface AccountStreams {
  /** Resolves without waiting for the database. */
  start(): Promise<void>;
  status(): AccountStatus[];
  stop(): Promise<void>;
}

export function createAccountStreams({
  accounts: { all, clients },
  ...deps
}: { accounts: ConnectedAccounts; bus: Bus; clock: Clock; logger: Logger } & Omit<
  AccountRunnerDeps,
  'account' | 'clients'
>): AccountStreams {
  const { bus, clock, logger, limits } = deps;
  const runners = new Map<string, ReturnType<typeof createAccountRunner>>();
  let wakeups: KeyedSubscription | undefined;
  let running = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let cancelLooking: () => void = () => undefined;

  async function lookOnce() {
    const accounts = await all();
    if (!running) return;
    const missing = accounts.filter(({ id }) => !runners.has(id));
    const room = Math.max(0, limits.maxAccounts - runners.size);
    if (missing.length > room)
      logger.warn(
        { streamed: limits.maxAccounts, left: missing.length - room },
        'more accounts are connected than one process streams',
      );
    for (const account of missing.slice(0, room)) {
      const runner = createAccountRunner({ ...deps, account, clients });
      runners.set(account.id, runner);
      runner.start();
    }
  }
  /** One look at a time; a wake-up during one causes another. */
  function look() {
    again = true;
    looking ??= (async () => {
      while (again && running) {
        again = false;
        await lookOnce().catch((err: unknown) => logger.warn({ err }, 'the accounts could not be read'));
      }
    })().finally(() => (looking = undefined));
  }
  return {
    async start() {
      running = true;
      wakeups = await bus.subscribe('wakeups', ({ kind }) => {
        if (kind === accountsWakeup) look();
      });
      await wakeups.setKeys([accountsWakeup]);
      cancelLooking = clock.every(limits.lookForAccountsMs, look);
      look();
    },
    status: () => [...runners.values()].map((runner) => runner.status()),
    async stop() {
      running = false;
      cancelLooking();
      await wakeups?.close();
      await looking;
      await Promise.all([...runners.values()].map((runner) => runner.stop()));
    },
  };
}
