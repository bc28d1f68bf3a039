// The money plane: what writes users' events, notifications and jobs, who reads them, and trading on top.
import { createDealing, createEvidence, suspectingDealing, suspectingEvidence } from '../ig/index.ts';
import type { Config } from '../config.ts';
import type { Keyring } from '../lib/seal.ts';
import type { Mail } from '../mail/index.ts';
import { createJobs } from '../jobs/index.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotificationsModule } from '../modules/notifications/index.ts';
import { createPriceFeed, createTradingModule } from '../modules/trading/index.ts';
import { lettersBy } from './mail.ts';
import { createCarry } from '../realtime/carry.ts';
import { createFollowers } from '../realtime/followers.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { Prices } from './prices.ts';

/** What leaves by e-mail and webhooks needs these. */
export interface WritersParts {
  config: Config;
  mail: Mail;
  keyring: Keyring;
}
export type Writers = ReturnType<typeof composeWriters>;
export type Trading = ReturnType<typeof composeTrading>;

/** Each role that writes has these. The jobs are started, and the followers too, by who needs them. */
export function composeWriters(
  { databaseUrl, lifecycle, logger, clock, ids, database, bus, metrics }: Ground,
  { config, mail, keyring }: WritersParts,
) {
  const jobs = createJobs({ databaseUrl, logger: logger.child({ part: 'jobs' }), metrics });
  const events = createUserEvents({ database, bus, logger });
  const followers = createFollowers({ source: events, bus, clock, logger: logger.child({ part: 'events' }) });
  lifecycle.onClose('event readers', () => followers.close());
  const notifications = createNotificationsModule({
    database,
    events,
    follower: followers,
    ids,
    clock,
    metrics,
    logger: logger.child({ part: 'deliveries' }),
    sealer: keyring,
    letters: lettersBy(mail, config),
    webhookNetworks: config.webhookNetworks,
  });
  return { jobs, events, followers, notifications };
}

/** Defines jobs: before they are started. */
export function composeTrading(
  { lifecycle, logger, clock, ids, database, metrics }: Ground,
  { accounts, accountClients }: Brokers,
  { jobs, events, followers, notifications }: Writers,
  { catalogue, hub }: Prices,
  { appliesEvents }: { appliesEvents: boolean },
) {
  const trading = createTradingModule({
    database,
    metrics,
    accounts,
    jobs,
    appliesEvents,
    clock,
    ids,
    logger: logger.child({ part: 'trading' }),
    dealing: suspectingDealing(
      createDealing({ clients: accountClients, clock, logger: logger.child({ part: 'dealing' }) }),
      accounts.suspect,
      clock,
    ),
    evidence: suspectingEvidence(createEvidence({ clients: accountClients, clock }), accounts.suspect, clock),
    prices: createPriceFeed({ catalogue, prices: hub }),
    events: { ...events, follow: followers.follow },
    notify: notifications.notify,
    carry: createCarry({ clock }),
  });
  lifecycle.onClose('deals under way', () => trading.settled());
  return trading;
}
