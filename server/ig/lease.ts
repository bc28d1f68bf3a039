// Who may hold a stream, of a feed or of an account: a lease in PostgreSQL, on its clock, with an epoch that rises with each new holder.
import { sql } from 'drizzle-orm';
import { leases } from '../../drizzle/schema/index.ts';
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { clocksDifferMs } from '../lib/instants.ts';
import type { Logger } from '../lib/logger.ts';
import type { GatewayLimits } from './limits.ts';

/** The shortest pause between two tries. */
const leastPauseMs = 20;

interface Lease {
  start(): void;
  /** The epoch while the lease is surely ours, also right after this process was frozen; else undefined. */
  epoch(): number | undefined;
  /** Gives the lease back. */
  stop(): Promise<void>;
}

interface LeaseDeps {
  database: Database;
  /** What is held: a feed, or an account. */
  name: string;
  /** Unique to this process. */
  holder: string;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
  onHeld: (epoch: number) => void;
  onLost: (reason: string) => void;
}

/** Holds or awaits the lease `name` until `stop`. A renewal counts from before it was sent, so that we let go before another takes it. */
export function createLease({
  database,
  name,
  holder,
  clock,
  logger,
  limits,
  onHeld,
  onLost,
}: LeaseDeps): Lease {
  const { leaseTtlMs, leaseRenewMs: renewEveryMs } = limits;
  let held: { epoch: number; until: number } | undefined;
  let running = false;
  let step: Promise<void> = Promise.resolve();
  let cancelStep: () => void = () => undefined;
  let cancelEnd: () => void = () => undefined;
  const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1000})`;
  const ttl = seconds(leaseTtlMs);
  /** An end further away was written before the database's clock was set back: its holder may be long dead, and if not, its epoch is old. */
  const longest = seconds(leaseTtlMs + clocksDifferMs);

  /** The epoch when the lease is ours now, else how long the other holder's still runs. */
  async function acquire(): Promise<{ epoch: number } | { otherForMs: number }> {
    const { rows } = await database.db.execute<{ epoch: string }>(sql`
      insert into ${leases} as lease (name, holder, epoch, expires_at)
      values (${name}, ${holder}, 1, clock_timestamp() + ${ttl})
      on conflict (name) do update set
        holder = excluded.holder,
        epoch = lease.epoch + case when lease.holder = excluded.holder and lease.expires_at > clock_timestamp() then 0 else 1 end,
        expires_at = clock_timestamp() + ${ttl}
      where lease.holder = excluded.holder or lease.expires_at not between clock_timestamp() and clock_timestamp() + ${longest}
      returning epoch`);
    if (rows[0]) return { epoch: Number(rows[0].epoch) };
    const { rows: others } = await database.db.execute<{ ms: string }>(sql`
      select extract(epoch from expires_at - clock_timestamp()) * 1000 as ms from ${leases} where name = ${name}`);
    return { otherForMs: Number(others[0]?.ms ?? 0) };
  }
  function lose(reason: string) {
    if (!held) return;
    held = undefined;
    cancelEnd();
    onLost(reason);
  }
  async function tryOnce(): Promise<number> {
    const sentAt = clock.monotonicMs();
    try {
      const result = await acquire();
      if (!running) return renewEveryMs;
      if ('otherForMs' in result) {
        lose('another gateway holds the lease');
        return Math.min(renewEveryMs, Math.max(leastPauseMs, Math.ceil(result.otherForMs)));
      }
      if (held && held.epoch !== result.epoch) lose('the lease had ended');
      const isNew = !held;
      held = { epoch: result.epoch, until: sentAt + leaseTtlMs };
      cancelEnd();
      cancelEnd = clock.after(Math.max(0, held.until - clock.monotonicMs()), () =>
        lose('the lease could not be renewed'),
      );
      if (isNew) onHeld(result.epoch);
    } catch (err) {
      logger.warn({ err, lease: name }, 'a lease could not be renewed');
    }
    return renewEveryMs;
  }
  function next() {
    step = tryOnce().then((pauseMs) => {
      if (running) cancelStep = clock.after(pauseMs, next);
    });
  }
  return {
    start() {
      running = true;
      next();
    },
    epoch: () => (held && clock.monotonicMs() < held.until ? held.epoch : undefined),
    async stop() {
      running = false;
      cancelStep();
      cancelEnd();
      held = undefined;
      await step;
      await database.db
        .execute(
          sql`update ${leases} set expires_at = clock_timestamp() where name = ${name} and holder = ${holder}`,
        )
        .catch((err: unknown) => logger.warn({ err, lease: name }, 'a lease could not be given back'));
    },
  };
}
