// The accounts of this process: those in the database, looked for at start, after news of one and now and then; one of them is in runner.ts.
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble, type Trouble } from '../../lib/trouble.ts';
import type { AccountNews, BrokerAccount, ReportHealth } from '../../modules/accounts/ports.ts';
import type { AccountClients } from './clients.ts';
import {
  createAccountRunner,
  type AccountRunner,
  type AccountRunnerDeps,
  type AccountStatus,
} from './runner.ts';

/** Which accounts there are, and how to reach them. */
export interface ConnectedAccounts {
  all(): Promise<BrokerAccount[]>;
  /** The one whose own login a feed is. */
  ofFeed(feed: string): Promise<BrokerAccount | null>;
  changes: AccountNews;
  clients: AccountClients;
  reportHealth: ReportHealth;
}

interface AccountStreams {
  start(): void;
  /** Looks how the broker treats an account, if its stream is held here. */
  suspect(accountId: string): void;
  status(): AccountStatus[];
  stop(): Promise<void>;
}

export function createAccountStreams({
  accounts: { all, clients, changes, reportHealth },
  ...deps
}: { accounts: ConnectedAccounts; clock: Clock; logger: Logger } & Omit<
  AccountRunnerDeps,
  'account' | 'clients' | 'reportHealth'
>): AccountStreams {
  const { clock, logger, limits } = deps;
  const runners = new Map<string, AccountRunner>();
  let running = false;
  const looking = createTrouble(logger, 'the accounts could not be read', 'the accounts can be read again');
  const crowded = createTrouble(
    logger,
    'more accounts are connected than one process streams',
    'all accounts have room here again',
  );
  const stops: (() => void)[] = [];

  async function lookOnce() {
    const accounts = await all();
    if (!running) return;
    await stopAllBut(new Set(accounts.map(({ id }) => id)));
    await Promise.all([...runners].map(refresh));
    const missing = accounts.filter(({ id }) => !runners.has(id));
    const room = Math.max(0, limits.maxAccounts - runners.size);
    if (missing.length > room)
      crowded.failed(new Error(`${missing.length - room} of ${accounts.length} are left to others`));
    else crowded.worked();
    for (const account of missing.slice(0, room)) {
      const runner = createAccountRunner({ ...deps, account, clients, reportHealth });
      runners.set(account.id, runner);
      runner.start();
    }
  }
  /** What is disconnected is not streamed any more. */
  async function stopAllBut(connected: ReadonlySet<string>) {
    const gone = [...runners].filter(([id]) => !connected.has(id));
    for (const [id] of gone) runners.delete(id);
    await Promise.all(gone.map(([, runner]) => runner.stop('the account is disconnected')));
  }
  const refreshes = new WeakMap<AccountRunner, Trouble>();
  async function refresh([account, runner]: [string, AccountRunner]) {
    const trouble =
      refreshes.get(runner) ??
      createTrouble(
        logger,
        'the credentials of an account could not be read',
        'the credentials of an account can be read again',
      );
    refreshes.set(runner, trouble);
    try {
      await runner.refresh();
      trouble.worked();
    } catch (err) {
      trouble.failed(err, { account });
    }
  }
  const look = again(async () => {
    if (running) await lookOnce().then(looking.worked, looking.failed);
  });
  return {
    start() {
      running = true;
      stops.push(changes.listen(look), clock.every(limits.lookForAccountsMs, look));
      look();
    },
    suspect: (accountId) => runners.get(accountId)?.suspect(),
    status: () => [...runners.values()].map((runner) => runner.status()),
    async stop() {
      running = false;
      for (const stop of stops.splice(0)) stop();
      await look.idle();
      await Promise.all([...runners.values()].map((runner) => runner.stop('the gateway stops')));
    },
  };
}
