// Alerts on margin and on the profit of a position: compared with trading's own valuation, at each tick, of the accounts that have one. Which of them a valuation reaches is account-book.ts's.
import { again } from '../../lib/again.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { waitAtMost } from '../../lib/within.ts';
import { createAccountBook, type AccountBook, type Compared, type FollowedAlert } from './account-book.ts';
import { createAccountGaps } from './account-gaps.ts';
import type { LateTurn } from './back-check.ts';
import { createFollowed, type FollowedAlerts, type Turned } from './followed.ts';
import { createSight, isLate } from './gaps.ts';
import { createOutbox, type OutboxDeps } from './outbox.ts';
import type { AlertValuations, PastCandles, ValuedAccount } from './ports.ts';
import { toAccountAlert } from './rows.ts';
import type { AlertRow, AlertStore } from './store.ts';
import { after, triggerOf, turnOf } from './trigger.ts';
import { textOfUnits, unitsOf } from './units.ts';

const beatMs = 1_000;
/** A wake-up may be lost: changes of alerts are looked for this often. */
const lookEveryMs = 3_000;
/** Alerts whose time is up, or whose account has gone, are looked for this often. */
const sweepEveryMs = 5_000;
const writeSeenEveryMs = 5_000;
const checkEveryMs = 30_000;
const closeWithinMs = 3_000;
interface Value {
  value: bigint;
  atMs: number;
}
type Telling = Parameters<FollowedAlerts['turned']>[1];
interface Watched {
  userId: string;
  book: AccountBook;
  /** What is not among the open positions, and is asked what it made. */
  ending: Set<Compared>;
  stop: AbortController;
  running: boolean;
  account?: ValuedAccount | undefined;
}

/**
 * Of a worker; several at once tell nothing twice. `close` ends what it watches.
 *
 * While an account was not valued (no worker, no live price) its alerts were not compared. Then the first value counts for all that time,
 * and is told late. Of the profit of a position candles of its market tell besides what it made meanwhile, where it is as it was before and
 * is dealt in the account's currency: nobody knows the rates of the past, nor what a margin level was. A position that is closed is compared
 * once more, with what its last part made at the level at which the broker closed it.
 */
export function createAccountAlerts({
  store,
  valuations,
  candles,
  ...deps
}: OutboxDeps & {
  store: AlertStore;
  valuations: Pick<AlertValuations, 'follow' | 'realised'>;
  candles: PastCandles;
}) {
  const { clock, logger } = deps;
  const accounts = new Map<string, Watched>();
  const accountOf = new Map<string, string>();
  let [lookDue, lookedMs, sweptMs, seenMs, checkedMs] = [true, 0, 0, 0, 0];
  const over = new AbortController();
  const reading = createTrouble(
    logger,
    'alerts on accounts could not be read',
    'alerts on accounts can be read again',
  );
  const valuing = createTrouble(
    logger,
    'an account with alerts could not be valued',
    'accounts with alerts can be valued again',
  );
  const outbox = createOutbox(
    { ...deps, store },
    {
      onRefused(id) {
        alerts.forget(id);
        drop(id);
        lookDue = true;
      },
    },
  );
  const alerts = createFollowed({
    store,
    outbox,
    versions: store.ofAccounts,
    onRead(rows) {
      for (const watched of new Set(rows.map(put))) if (watched?.account) compare(watched, watched.account);
    },
    onGone: drop,
  });
  const checkGaps = createAccountGaps({
    ...deps,
    candles,
    accounts: () => accounts.values(),
    before: alerts.before,
    onTurn: (watched, alert, turn) =>
      become(watched, alert, turn, { late: true, currency: watched.account?.currency }),
    signal: over.signal,
  });

  /** Gives the account that it is of. */
  function put(row: AlertRow): Watched | undefined {
    if (alerts.isAsKnown(row)) return undefined;
    drop(row.id);
    alerts.forget(row.id);
    const alert = toAccountAlert(row);
    if (!alert) return undefined;
    const { accountId } = alert.condition;
    alerts.keep(row, alert.condition);
    accountOf.set(row.id, accountId);
    let watched = accounts.get(accountId);
    if (!watched) {
      watched = {
        userId: row.userId,
        book: createAccountBook(),
        ending: new Set(),
        stop: new AbortController(),
        running: false,
      };
      accounts.set(accountId, watched);
    }
    watched.book.add({
      ...alert,
      trigger: triggerOf(alert.condition, alert.rearmBand),
      sight: createSight(Math.max(row.stateAt.getTime(), row.seenAt.getTime())),
    });
    void watch(accountId, watched);
    return watched;
  }
  function drop(id: string): void {
    const accountId = accountOf.get(id);
    const watched = accountId === undefined ? undefined : accounts.get(accountId);
    accountOf.delete(id);
    watched?.book.drop(id);
    if (!watched || watched.book.size > 0) return;
    watched.stop.abort();
    accounts.delete(accountId!);
  }
  async function watch(accountId: string, watched: Watched): Promise<void> {
    if (watched.running || over.signal.aborted) return;
    watched.running = true;
    const { signal } = watched.stop;
    try {
      await valuations.follow(watched.userId, accountId, {
        signal,
        onValued(account) {
          watched.account = account;
          valuing.worked();
          compare(watched, account);
        },
      });
    } catch (error) {
      if (!signal.aborted) valuing.failed(error, { account: accountId });
    } finally {
      watched.running = false; // the next beat begins again
      watched.account = undefined;
      watched.book.loseAll(clock.now().getTime());
    }
  }
  function compare(watched: Watched, account: ValuedAccount): void {
    const atMs = clock.now().getTime();
    const { reached, gone } = watched.book.compare(account, atMs);
    for (const { alert, value, late } of reached)
      take(watched, alert, { value, atMs }, { late, currency: account.currency });
    for (const compared of gone) void endClosed(watched, compared);
  }
  /** What a value that has reached it does to it. */
  function take(watched: Watched, alert: FollowedAlert, { value, atMs }: Value, told: Telling): void {
    // One that is over waits for no value; it stays until all that happened in time is known: `expire` ends it.
    if (!watched.book.has(alert) || (alert.expiresAt && atMs >= alert.expiresAt.getTime())) return;
    const turn = turnOf(alert.trigger, alert, value);
    if (turn)
      become(watched, alert, { turn, value: textOfUnits(value), atMs, course: after(turn, alert) }, told);
  }
  function become({ book }: Watched, alert: FollowedAlert, step: LateTurn, told: Telling): void {
    const { course, ...turn } = step;
    Object.assign(alert, course);
    if (turn.turn === 'fired' && alert.repeat === 'once') drop(alert.id);
    else book.settle(alert);
    const receivedAtMs = clock.now().getTime();
    turned({ id: alert.id, ...turn, receivedAtMs, firedCount: course.firedCount }, told);
  }
  /**
   * A position that is not among the open ones. Once it is closed its alerts are compared with what that made, and are done; while it is
   * not, or that cannot be read, the next valuation asks again.
   */
  async function endClosed(watched: Watched, compared: Compared): Promise<void> {
    const { userId, book, ending } = watched;
    const { condition } = compared;
    if (condition.kind !== 'position_profit' || ending.has(compared)) return;
    ending.add(compared);
    try {
      const made = await valuations.realised(userId, condition.accountId, condition.dealId);
      const nowMs = clock.now().getTime();
      if (made === 'open') return book.lose(compared, nowMs); // this reading of the account is older than the position
      const mine = [...compared.alerts];
      const telling = ({ sight }: FollowedAlert) => ({
        late: isLate(sight, nowMs),
        currency: watched.account?.currency,
      });
      const value = made && { value: unitsOf(made.profit), atMs: made.at.getTime() };
      if (value)
        for (const alert of book.reach(compared, value.value)) take(watched, alert, value, telling(alert));
      for (const alert of mine) {
        if (!book.has(alert)) continue; // that was all that it was made for
        drop(alert.id);
        const { id, firedCount } = alert;
        const done = { turn: 'done', value: '0', atMs: nowMs, receivedAtMs: nowMs } as const;
        turned({ id, ...done, firedCount }, telling(alert));
      }
    } catch (error) {
      valuing.failed(error);
    } finally {
      ending.delete(compared);
    }
  }
  function turned(step: Turned, told: Telling): void {
    if (!alerts.turned(step, told)) {
      alerts.clear();
      for (const id of [...accountOf.keys()]) drop(id);
      lookDue = true;
    }
    work();
  }

  const isDue = (sinceMs: number, everyMs: number) => clock.monotonicMs() - sinceMs >= everyMs;
  async function read(): Promise<void> {
    try {
      if (isDue(sweptMs, sweepEveryMs)) {
        await store.expire(clock.now());
        await store.dropLeft();
        sweptMs = clock.monotonicMs();
      }
      if (lookDue || isDue(lookedMs, lookEveryMs)) {
        [lookDue, lookedMs] = [false, clock.monotonicMs()];
        await alerts.look();
      }
      reading.worked();
    } catch (error) {
      lookDue = true;
      reading.failed(error);
    }
  }
  async function writeSeen(): Promise<void> {
    seenMs = clock.monotonicMs();
    const nowMs = Math.min(clock.now().getTime(), outbox.oldestMs());
    const seen = [...accounts.values()].flatMap((watched) =>
      watched.book.list().map(({ id, sight }) => ({
        id,
        seenAt: new Date(Math.min(sight.seenMs(nowMs), ...sight.gaps().map(({ fromMs }) => fromMs))),
      })),
    );
    if (seen.length > 0) await store.writeSeen(seen).catch(reading.failed);
  }

  const work = again(async () => {
    await outbox.write();
    await read();
    if (isDue(seenMs, writeSeenEveryMs)) await writeSeen();
    if (isDue(checkedMs, checkEveryMs)) {
      checkedMs = clock.monotonicMs();
      checkGaps(); // beside the writing: the broker may take its time
    }
  });
  const stop = clock.every(beatMs, () => {
    for (const [accountId, watched] of accounts) void watch(accountId, watched);
    work();
  });
  work();
  return {
    /** Alerts on accounts were changed. */
    changed(): void {
      lookDue = true;
      work();
    },
    async close(): Promise<void> {
      over.abort();
      stop();
      for (const watched of accounts.values()) watched.stop.abort();
      await waitAtMost(
        clock,
        closeWithinMs,
        work.idle().then(async () => {
          if (await outbox.write()) await writeSeen();
        }),
      );
    },
  };
}
