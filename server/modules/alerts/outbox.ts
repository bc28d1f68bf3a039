// What has happened to alerts and is not written yet: in order, each once, tried until PostgreSQL has it. A firing and its notification are one transaction.
import type { AlertCondition } from '../../../shared/alerts.ts';
import type { Transaction, Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { Notify } from '../notifications/ports.ts';
import type { Wake } from './ports.ts';
import type { AlertStore, Fence } from './store.ts';

/** Changes that wait for PostgreSQL, of all alerts of one reader. Beyond, all are read anew, and prices since then are checked by candles. */
const maxWaitingChanges = 20_000;
/** Firings of one user that are one transaction. */
const maxTogether = 50;

/** What a firing is told with. */
export interface Told {
  userId: string;
  name: string;
  condition: AlertCondition;
  value: string;
  late: boolean;
  currency?: string | undefined;
}
/** One change of one alert. */
export interface Change {
  id: string;
  /** Of the row, as it is once all before this are written. */
  revision: number;
  state: 'armed' | 'waiting' | 'done';
  /** The instant of the price. */
  at: Date;
  /** By our clock. */
  receivedAtMs: number;
  /** Of one that fired. */
  fired?: { count: number; told: Told };
}

/** Of a row as it stands once it is changed. */
type Changed = NonNullable<Awaited<ReturnType<AlertStore['change']>>>;

export type Outbox = ReturnType<typeof createOutbox>;
export interface OutboxDeps {
  transaction: Transaction;
  store: Pick<AlertStore, 'change' | 'arm'>;
  notify: Notify;
  wake: Wake;
  clock: Clock;
  logger: Logger;
  maxWaiting?: number | undefined;
}

/** `onRefused`: the row of an alert is not as it was read; what waits for it besides is dropped. */
export function createOutbox(
  { transaction, store, notify, wake, clock, logger, maxWaiting = maxWaitingChanges }: OutboxDeps,
  { fence, onRefused }: { fence?: Fence; onRefused: (id: string) => void },
) {
  const waiting: Change[] = [];
  const counts = new Map<string, number>();
  const writing = createTrouble(
    logger,
    'what alerts did could not be written',
    'what alerts did is written again',
  );
  const add = (id: string, by: number) => {
    const count = (counts.get(id) ?? 0) + by;
    if (count === 0) counts.delete(id);
    else counts.set(id, count);
  };
  function settle(change: Change, isWritten: boolean) {
    const index = waiting.indexOf(change);
    if (index < 0) return;
    waiting.splice(index, 1);
    add(change.id, -1);
    if (isWritten) return;
    for (let at = waiting.length - 1; at >= 0; at--) if (waiting[at]!.id === change.id) waiting.splice(at, 1);
    counts.delete(change.id);
    onRefused(change.id);
  }
  /** The first of those that wait, and what may be written with it. */
  function next(): Change[] {
    const [first] = waiting;
    if (!first) return [];
    const ids = new Set<string>();
    const isNext = ({ id, fired, state }: Change) =>
      first.fired
        ? fired?.told.userId === first.fired.told.userId && !ids.has(id) && ids.size < maxTogether
        : !fired && state === first.state;
    let end = 0;
    for (; end < waiting.length && isNext(waiting[end]!); end++) ids.add(waiting[end]!.id);
    return waiting.slice(0, end);
  }
  async function write(changes: readonly Change[]): Promise<Set<string>> {
    const at = clock.now();
    const [first] = changes;
    if (!first!.fired && first!.state === 'armed') {
      const rows = changes.map(({ id, revision, at: stateAt }) => ({ id, revision, stateAt }));
      return new Set(await store.arm(rows, at, fence));
    }
    const written = await transaction(async (tx) => {
      const done = new Map<Change, Changed>();
      for (const change of changes) {
        const changed = await writeRow(tx, change, at);
        if (changed) done.set(change, changed);
      }
      // All rows before the counter of notifications, as those do who change one: the other way round both would wait for each other.
      for (const [{ fired, at: stateAt }, changed] of done)
        if (fired) await tell(tx, fired.told, { ...changed, at: stateAt }, at);
      return done;
    });
    if (first!.fired && written.size > 0) wake(first!.fired.told.userId);
    return new Set(Array.from(written.keys(), ({ id }) => id));
  }
  function writeRow(tx: Tx, { id, revision, state, at: stateAt, fired }: Change, at: Date) {
    const row = {
      id,
      revision,
      state,
      stateAt,
      ...(fired && {
        fired: { count: fired.count, at: stateAt, value: fired.told.value, late: fired.told.late },
      }),
    };
    return store.change(tx, row, at, fence);
  }
  async function tell(tx: Tx, { userId, ...told }: Told, changed: Changed & { at: Date }, at: Date) {
    const { accountId, environment } =
      'environment' in told.condition ? told.condition : { accountId: null, environment: null };
    await notify(tx, {
      kind: 'alert.fired',
      userId,
      at,
      accountId,
      environment,
      data: { ...told, ...changed },
    });
  }

  return {
    /** False: too much waits, and all of it is dropped. */
    put(change: Change): boolean {
      if (waiting.length >= maxWaiting) {
        logger.error(
          { changes: waiting.length },
          'what alerts did could not be written for too long and is dropped: candles tell it later',
        );
        waiting.length = 0;
        counts.clear();
        return false;
      }
      waiting.push(change);
      add(change.id, 1);
      return true;
    },
    /** Whether a change of this alert waits. */
    holds: (id: string): boolean => counts.has(id),
    get isEmpty() {
      return waiting.length === 0;
    },
    /** By our clock; ∞ when nothing waits. */
    oldestMs: (): number => waiting[0]?.receivedAtMs ?? Infinity,
    /** Writes what waits; false where PostgreSQL did not take it all, which is tried again with the next call. */
    async write(): Promise<boolean> {
      for (let changes = next(); changes.length > 0; changes = next()) {
        try {
          const written = await write(changes);
          writing.worked();
          for (const change of changes) settle(change, written.has(change.id));
        } catch (error) {
          writing.failed(error);
          return false;
        }
      }
      return true;
    },
  };
}
