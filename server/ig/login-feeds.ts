// The feeds of accounts' own logins in this process: one is streamed while a market of it is wanted: by an open position, or by somebody who watches. One of them is in prices/runner.ts.
import { isLoginFeed } from '../../shared/feeds.ts';
import { again } from '../lib/again.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { putNewest } from '../lib/bounded.ts';
import { createTrouble, type Trouble } from '../lib/trouble.ts';
import type { InterestMessage } from '../messaging/bus.ts';
import type { BrokerAccount } from '../modules/accounts/ports.ts';
import type { ConnectedAccounts } from './accounts/streams.ts';
import type { GatewayLimits } from './limits.ts';
import type { PricesOf } from './login-prices.ts';
import type { IgClient } from './prices/client.ts';
import type { FeedRunner, FeedRunnerDeps, FeedStatus } from './prices/runner.ts';

interface Running {
  account: BrokerAccount;
  runner: FeedRunner;
  /** The client whose tokens the stream was opened with. */
  client: Promise<IgClient> | undefined;
}

export function createLoginFeeds({
  accounts: { ofFeed, changes },
  pricesOf,
  createRunner,
  clock,
  logger,
  limits,
}: {
  accounts: Pick<ConnectedAccounts, 'ofFeed' | 'changes'>;
  pricesOf: PricesOf;
  createRunner: (use: Pick<FeedRunnerDeps, 'feed' | 'fetchTokens' | 'readSnapshots'>) => FeedRunner;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
}) {
  const running = new Map<string, Running>();
  /** The newest interest of each source in feeds that are being looked up. */
  const waiting = new Map<string, Map<string, InterestMessage>>();
  const stops: (() => void)[] = [];
  let stopped = false;
  /** Of feeds that could not be begun or looked at. */
  const troubles = new Map<string, Trouble>();
  const failed = (feed: string, text: string) => (err: unknown) => {
    const trouble = troubles.get(feed) ?? createTrouble(logger, text, 'the login feed is well again');
    putNewest(troubles, feed, trouble, limits.maxLoginFeeds);
    trouble.failed(err, { feed });
  };
  const worked = (feed: string) => {
    troubles.get(feed)?.worked();
    troubles.delete(feed);
  };

  async function begin(feed: string): Promise<void> {
    const account = await ofFeed(feed);
    const asked = [...(waiting.get(feed)?.values() ?? [])];
    waiting.delete(feed);
    if (!account || stopped || !asked.some(({ epics }) => epics.length > 0)) return;
    if (running.size >= limits.maxLoginFeeds)
      return logger.warn(
        { feed, most: limits.maxLoginFeeds },
        'more login feeds are watched than one process streams',
      );
    const entry: Running = {
      account,
      client: undefined,
      runner: createRunner({
        feed,
        readSnapshots: async (epics) => (await pricesOf(account)).snapshotsByEpics(epics),
        async fetchTokens() {
          entry.client = pricesOf(account);
          return (await entry.client).fetchStreamTokens();
        },
      }),
    };
    running.set(feed, entry);
    worked(feed);
    for (const message of asked) entry.runner.onInterest(message);
    entry.runner.start();
  }
  async function end(feed: string, { runner }: Running): Promise<void> {
    running.delete(feed);
    await runner.stop();
  }
  /** What nobody watches, and what is not connected any more, is streamed no more; new credentials make a new connection. */
  async function lookAt([feed, entry]: [string, Running]): Promise<void> {
    const account = await ofFeed(feed);
    if (!account || !entry.runner.isWanted()) return end(feed, entry);
    const client = await pricesOf(account);
    if (entry.client && client !== (await entry.client.catch(() => undefined)))
      entry.runner.reconnect('the credentials of the account have changed');
  }
  const look = again(async () => {
    for (const each of running)
      await lookAt(each).then(() => worked(each[0]), failed(each[0], 'a login feed could not be looked at'));
  });
  return {
    /** Interest in any feed: that in others is left to them. */
    onInterest(message: InterestMessage): void {
      const { feed, source } = message;
      if (stopped || !isLoginFeed(feed)) return;
      const known = running.get(feed);
      if (known) return known.runner.onInterest(message);
      const asked = waiting.get(feed);
      if (asked) return void asked.set(source, message);
      if (message.epics.length === 0) return;
      waiting.set(feed, new Map([[source, message]]));
      begin(feed).catch((err: unknown) => {
        waiting.delete(feed); // the next repetition of the interest tries again
        failed(feed, 'a login feed could not be begun')(err);
      });
    },
    start() {
      stops.push(changes.listen(look), clock.every(limits.lookAtLoginFeedsMs, look));
    },
    status: (): FeedStatus[] => [...running.values()].map(({ runner }) => runner.status()),
    async stop(): Promise<void> {
      stopped = true;
      for (const each of stops.splice(0)) each();
      await look.idle();
      await Promise.all([...running].map(([feed, entry]) => end(feed, entry)));
    },
  };
}
