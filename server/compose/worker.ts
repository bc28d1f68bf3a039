// The worker role: applies what the broker's streams tell of accounts, looks after deals that nobody waits for, sends what leaves by e-mail and webhooks, has the prices of open positions and orders streamed, and tells of feeds that are down.
import { createStandingInterest } from '../realtime/standing-interest.ts';
import { isUnavailable } from '../trpc/errors.ts';
import { again } from '../lib/again.ts';
import { createAlertHolders } from '../modules/alerts/index.ts';
import { createFeedNews } from '../modules/market-data/index.ts';
import { watchFeeds } from '../realtime/feed-watch.ts';
import type { Brokers } from './broker.ts';
import { createDeadLetterNews } from './failures.ts';
import type { Ground } from './ground.ts';
import type { Trading, Writers } from './money.ts';

/** Between two looks at which feeds are down. */
const feedNewsEveryMs = 5_000;

/** After the jobs are started. */
export async function startWorker(
  { lifecycle, bus, clock, ids, database, logger }: Ground,
  { accounts }: Pick<Brokers, 'accounts'>,
  { notifications, events }: Writers,
  trading: Trading,
): Promise<void> {
  const consumer = await bus.consume('account', (message) => trading.applyAccountEvent(message), {
    countsAsFailure: (error) => !isUnavailable(error),
    onDead: createDeadLetterNews({ database, clock }, { notifications, events }),
  });
  lifecycle.onClose('account events', () => consumer.close());
  lifecycle.onClose('sweeping', trading.startSweeping());
  lifecycle.onClose('deliveries', notifications.delivering.start());
  for (const what of ['positions', 'orders'] as const) {
    const interest = createStandingInterest({ bus, clock, source: ids.next(what), class: what });
    lifecycle.onClose(`interest of ${what}`, () => interest.close());
    lifecycle.onClose(`prices of ${what}`, trading.wantPrices[what](interest));
  }
  const feeds = await watchFeeds({ bus, clock });
  lifecycle.onClose('heartbeats of feeds', () => feeds.close());
  const { openEpics } = trading;
  const wake = (userId: string) => events.wake(userId, 'notifications');
  const { notify } = notifications;
  const { look } = createFeedNews({
    db: database.db,
    feeds,
    accounts,
    openEpics,
    alerts: createAlertHolders({ database }),
    notify,
    wake,
    clock,
  });
  const looking = again(() =>
    look().catch((err: unknown) =>
      logger.warn({ err, part: 'feeds' }, 'news of feeds could not be told yet'),
    ),
  );
  lifecycle.onClose('news of feeds', clock.every(feedNewsEveryMs, looking));
}
