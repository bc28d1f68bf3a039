// What every process of an installation stands on, whatever its role: clock, ids, database, bus.
import { createHash } from 'node:crypto';
import { createDatabase, type Database } from '../db/client.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIds, type Ids } from '../lib/ids.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import { createBus, type Bus } from '../messaging/index.ts';

export interface Ground {
  lifecycle: Lifecycle;
  logger: Logger;
  clock: Clock;
  ids: Ids;
  databaseUrl: string;
  database: Database;
  bus: Bus;
}

/** Opens the database and the bus, and registers how they are closed. Rejects when the database does not answer. */
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
  const database = createDatabase({ url: databaseUrl, logger: logger.child({ part: 'database' }) });
  lifecycle.onClose('database', () => database.close());
  const bus = await createBus({
    amqpUrl,
    logger: logger.child({ part: 'bus' }),
    clock,
    prefix: await installationName(database),
  });
  lifecycle.onClose('bus', () => bus.close());
  return { lifecycle, logger, clock, ids, databaseUrl, database, bus };
}

/** Names this installation's queues after its database, so that several may share a RabbitMQ without hearing each other. */
async function installationName({ pool }: Database): Promise<string> {
  const {
    rows: [row],
  } = await pool.query<{ name: string }>(
    `select (select system_identifier from pg_control_system()) || '/' || current_database() as name`,
  );
  return `ftrader-${createHash('sha256').update(row!.name).digest('hex').slice(0, 10)}`;
}
