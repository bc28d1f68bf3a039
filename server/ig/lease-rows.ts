// The rows of the leases that one process holds or waits for: asked for in one statement for all that are due about now. What a lease is for its stream is in lease.ts.
import { sql } from 'drizzle-orm';
import { leases } from '../../drizzle/schema/index.ts';
import type { Database } from '../db/client.ts';
import { again } from '../lib/again.ts';
import type { Clock } from '../lib/clock.ts';
import { clocksDifferMs } from '../lib/instants.ts';
import { createTrouble } from '../lib/trouble.ts';
import type { Logger } from '../lib/logger.ts';
import { createPace } from '../lib/pace.ts';
import type { GatewayLimits } from './limits.ts';

/** The shortest pause between two tries. */
const leastPauseMs = 20;

/** The epoch when the lease is ours now, else how long another holder's still runs. */
export type LeaseAnswer = { epoch: number } | { otherForMs: number };

export interface LeaseRows {
  /** Asks for the lease `name` now, and again before it ends or when another's does, until the returned function is called, which gives it back. */
  follow(name: string, answered: (answer: LeaseAnswer, sentAtMs: number) => void): () => Promise<void>;
}

interface Followed {
  name: string;
  dueMs: number;
  /** As last answered: who holds it goes on at the pace that keeps it, whatever fails. */
  isOurs: boolean;
  answered: (answer: LeaseAnswer, sentAtMs: number) => void;
}

/**
 * A statement a second for each of a hundred accounts was most of what they cost at rest. Those that are due within half the interval
 * are asked for too, so that all soon are in one.
 */
export function createLeaseRows({
  database: { db },
  holder,
  clock,
  logger,
  limits: { leaseTtlMs, leaseRenewMs, leaseRetryMaxMs },
}: {
  database: Database;
  /** Unique to this process. */
  holder: string;
  clock: Clock;
  logger: Logger;
  limits: Pick<GatewayLimits, 'leaseTtlMs' | 'leaseRenewMs' | 'leaseRetryMaxMs'>;
}): LeaseRows {
  const followed = new Map<string, Followed>();
  let cancelNext: () => void = () => undefined;
  /** Who only waits for a lease asks ever more rarely while PostgreSQL does not answer. */
  const pace = createPace(clock, { firstMs: leaseRenewMs, maxMs: leaseRetryMaxMs });
  const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1000})`;
  const ttl = seconds(leaseTtlMs);
  /** An end further away was written before the database's clock was set back: its holder may be long dead, and if not, its epoch is old. */
  const longest = seconds(leaseTtlMs + clocksDifferMs);

  /** Each of `names` that somebody can say something about: a row that a transaction locks keeps none of the others waiting, and is asked for again. */
  async function acquire(names: string[]): Promise<Map<string, LeaseAnswer>> {
    const asked = sql`${sql.param(names)}::text[]`;
    const { rows } = await db.execute<{ name: string; epoch: string | null; ours: boolean; ms: string }>(sql`
      with free as (
        select name from ${leases}
        where name = any(${asked})
          and (holder = ${holder} or expires_at not between clock_timestamp() and clock_timestamp() + ${longest})
        order by name for no key update skip locked
      ), taken as (
        update ${leases} as lease set
          holder = ${holder},
          epoch = lease.epoch + case when lease.holder = ${holder} and lease.expires_at > clock_timestamp() then 0 else 1 end,
          expires_at = clock_timestamp() + ${ttl}
        from free where lease.name = free.name
        returning lease.name, lease.epoch
      ), made as (
        insert into ${leases} (name, holder, epoch, expires_at)
        select name, ${holder}, 1, clock_timestamp() + ${ttl} from unnest(${asked}) as name
        where not exists (select from ${leases} as lease where lease.name = name.name) order by name
        on conflict do nothing
        returning name, epoch
      )
      select name, epoch, false as ours, '0' as ms from taken union all select name, epoch, false, '0' from made
      union all
      select name, null, holder = ${holder}, (extract(epoch from expires_at - clock_timestamp()) * 1000)::text
      from ${leases} where name = any(${asked}) and name not in (select name from taken)`);
    return new Map(
      rows
        .filter(({ epoch, ours }) => epoch !== null || !ours)
        .map(({ name, epoch, ms }) => [
          name,
          epoch === null ? { otherForMs: Number(ms) } : { epoch: Number(epoch) },
        ]),
    );
  }
  const renewing = createTrouble(logger, 'leases could not be renewed', 'leases are renewed again');
  const pauseMs = (answer: LeaseAnswer | undefined): number => {
    if (answer === undefined) return leastPauseMs;
    if ('epoch' in answer) return leaseRenewMs;
    return Math.min(leaseRenewMs, Math.max(leastPauseMs, Math.ceil(answer.otherForMs)));
  };
  function tell({ name, answered }: Followed, answer: LeaseAnswer, sentAtMs: number) {
    try {
      answered(answer, sentAtMs);
    } catch (err) {
      logger.error({ err, lease: name }, 'what a lease is for failed');
    }
  }
  /** The answers to `due`; none when PostgreSQL does not answer. */
  async function askFor(due: readonly Followed[]): Promise<Map<string, LeaseAnswer> | undefined> {
    const names = due.map(({ name }) => name);
    try {
      if (due.length === 0) return new Map();
      const answers = await acquire(names);
      renewing.worked();
      return answers;
    } catch (err) {
      renewing.failed(err, { leases: names });
      return undefined;
    }
  }
  const ask = again(async () => {
    const sentAtMs = clock.monotonicMs();
    const due = [...followed.values()].filter(({ dueMs }) => dueMs <= sentAtMs + leaseRenewMs / 2);
    const answers = await askFor(due);
    const failedMs = answers ? 0 : pace.failed();
    if (answers && due.length > 0) pace.worked();
    for (const each of due) {
      const answer = answers?.get(each.name);
      const failedPauseMs = each.isOurs ? leaseRenewMs : failedMs;
      each.dueMs = clock.monotonicMs() + (answers ? pauseMs(answer) : failedPauseMs);
      if (answer) each.isOurs = 'epoch' in answer;
      if (answer && followed.get(each.name) === each) tell(each, answer, sentAtMs);
    }
    cancelNext();
    const nextMs = Math.min(...[...followed.values()].map(({ dueMs }) => dueMs));
    if (Number.isFinite(nextMs)) cancelNext = clock.after(Math.max(0, nextMs - clock.monotonicMs()), ask);
  });

  return {
    follow(name, answered) {
      const own: Followed = { name, dueMs: clock.monotonicMs(), isOurs: false, answered };
      followed.set(name, own);
      ask();
      return async () => {
        followed.delete(name);
        if (followed.size === 0) cancelNext();
        await ask.idle();
        await db
          .execute(
            sql`update ${leases} set expires_at = clock_timestamp() where name = ${name} and holder = ${holder}`,
          )
          .catch((err: unknown) => logger.warn({ err, lease: name }, 'a lease could not be given back'));
      };
    },
  };
}
