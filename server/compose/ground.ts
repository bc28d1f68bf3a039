// What every process of an installation stands on, a command as well as a server: clock, ids, database, bus.
import { createHash } from 'node:crypto';
import { createDatabase, type Database } from '../db/client.ts';
import { createNotices } from '../db/notices.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIds, type Ids } from '../lib/ids.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import { createMetrics, type Metrics } from '../lib/metrics.ts';
import { createBus, createWakingBus, type Bus } from '../messaging/index.ts';

export interface Ground {
  lifecycle: Lifecycle;
  logger: Logger;
  clock: Clock;
  ids: Ids;
  databaseUrl: string;
  database: Database;
  bus: Bus;
  /** Of this process; the API role shows them. */
  metrics: Metrics;
}

/**
 * Opens the database and the bus, and registers how they are closed. A wake-up that a command publishes on it reaches running
 * servers, whatever bus they have, through the database. Rejects when the database does not answer.
 */
export async function openGround({
  databaseUrl,
  amqpUrl,
  lifecycle,
  logger,
  clock = systemClock,
}: Pick<Ground, 'databaseUrl' | 'lifecycle' | 'logger'> & {
  /** Without it the bus reaches this process only. */
  amqpUrl: string | undefined;
  clock?: Clock | undefined;
}): Promise<Ground> {
  const ids = createIds(clock);
  const database = createDatabase({ url: databaseUrl, logger: logger.child({ part: 'database' }), clock });
  lifecycle.onClose('database', () => database.close());
  const installation = await installationName(database);
  const busParts = { logger: logger.child({ part: 'bus' }), clock };
  const notices = createNotices({
    ...busParts,
    database,
    url: databaseUrl,
    channel: installation,
    name: ids.next('process'),
  });
  const bus = createWakingBus({
    ...busParts,
    notices,
    bus: await createBus({ ...busParts, amqpUrl, prefix: installation }),
  });
  lifecycle.onClose('bus', () => bus.close());
  return { lifecycle, logger, clock, ids, databaseUrl, database, bus, metrics: createMetrics() };
}

/** Names this installation's queues and notices after its database, so that several may share a RabbitMQ without hearing each other. */
export async function installationName({ pool }: Database): Promise<string> {
  const {
    rows: [row],
  } = await pool.query<{ name: string }>(
    `select (select system_identifier from pg_control_system()) || '/' || current_database() as name`,
  );
  return `ftrader-${createHash('sha256').update(row!.name).digest('hex').slice(0, 10)}`;
}
