// Who may hold a stream, of a feed or of an account: a lease in PostgreSQL, on its clock, with an epoch that rises with each new holder. Its row is in lease-rows.ts.
import type { Clock } from '../lib/clock.ts';
import type { LeaseAnswer, LeaseRows } from './lease-rows.ts';
import type { GatewayLimits } from './limits.ts';

interface Lease {
  start(): void;
  /** The epoch while the lease is surely ours, also right after this process was frozen; else undefined. */
  epoch(): number | undefined;
  /** Gives the lease back. */
  stop(): Promise<void>;
}

interface LeaseDeps {
  rows: LeaseRows;
  /** What is held: a feed, or an account. */
  name: string;
  clock: Clock;
  limits: Pick<GatewayLimits, 'leaseTtlMs'>;
  onHeld: (epoch: number) => void;
  onLost: (reason: string) => void;
}

/** Holds or awaits the lease `name` until `stop`. A renewal counts from before it was sent, so that we let go before another takes it. */
export function createLease({ rows, name, clock, limits: { leaseTtlMs }, onHeld, onLost }: LeaseDeps): Lease {
  let held: { epoch: number; until: number } | undefined;
  let unfollow: () => Promise<void> = async () => undefined;
  let cancelEnd: () => void = () => undefined;

  function lose(reason: string) {
    if (!held) return;
    held = undefined;
    cancelEnd();
    onLost(reason);
  }
  function answered(answer: LeaseAnswer, sentAtMs: number) {
    if ('otherForMs' in answer) return lose('another gateway holds the lease');
    if (held && held.epoch !== answer.epoch) lose('the lease had ended');
    const isNew = !held;
    held = { epoch: answer.epoch, until: sentAtMs + leaseTtlMs };
    cancelEnd();
    cancelEnd = clock.after(Math.max(0, held.until - clock.monotonicMs()), () =>
      lose('the lease could not be renewed'),
    );
    if (isNew) onHeld(answer.epoch);
  }
  return {
    start() {
      unfollow = rows.follow(name, answered);
    },
    epoch: () => (held && clock.monotonicMs() < held.until ? held.epoch : undefined),
    async stop() {
      cancelEnd();
      held = undefined;
      await unfollow();
    },
  };
}
