// Alerts on margin and on the profit of a position: compared with trading's own valuation, at each tick, of the accounts that have one. How a gap is checked is account-values.ts's.
import { again } from '../../lib/again.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { waitAtMost } from '../../lib/within.ts';
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import { checkOf, valueOf } from './account-values.ts';
import type { LateTurn } from './back-check.ts';
import { createFollowed, type FollowedAlerts, type Turned } from './followed.ts';
import { createSight, isLate, isTold, type Sight } from './gaps.ts';
import { createOutbox, type OutboxDeps } from './outbox.ts';
import type { AlertValuations, PastCandles, ValuedAccount } from './ports.ts';
import { toAccountAlert, type AccountAlert } from './rows.ts';
import type { AlertRow, AlertStore } from './store.ts';
import { after, triggerOf, turnOf, type Trigger } from './trigger.ts';
import { textOfUnits, unitsOf } from './units.ts';

const beatMs = 1_000;
/** A wake-up may be lost: changes of alerts are looked for this often. */
const lookEveryMs = 3_000;
/** Alerts whose time is up, or whose account has gone, are looked for this often. */
const sweepEveryMs = 5_000;
const writeSeenEveryMs = 5_000;
const checkEveryMs = 30_000;
const closeWithinMs = 3_000;
interface Followed extends AccountAlert {
  trigger: Trigger;
  sight: Sight;
  /** Its position is not among the open ones, and what it made is being asked. */
  isEnding: boolean;
}
type Telling = Parameters<FollowedAlerts['turned']>[1];
interface Watched {
  userId: string;
  alerts: Map<string, Followed>;
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
  let closed = false;
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
  const checking = createTrouble(
    logger,
    'what alerts on accounts missed could not be checked by candles',
    'what alerts on accounts missed can be checked by candles again',
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
    onRead: (rows) => rows.forEach(put),
    onGone: drop,
  });

  function put(row: AlertRow): void {
    if (alerts.isAsKnown(row)) return;
    drop(row.id);
    alerts.forget(row.id);
    const alert = toAccountAlert(row);
    if (!alert) return;
    const { accountId } = alert.condition;
    alerts.keep(row, alert.condition);
    accountOf.set(row.id, accountId);
    let watched = accounts.get(accountId);
    if (!watched) {
      watched = { userId: row.userId, alerts: new Map(), stop: new AbortController(), running: false };
      accounts.set(accountId, watched);
    }
    watched.alerts.set(row.id, {
      ...alert,
      trigger: triggerOf(alert.condition, alert.rearmBand),
      sight: createSight(Math.max(row.stateAt.getTime(), row.seenAt.getTime())),
      isEnding: false,
    });
    if (watched.account) compare(watched, watched.account);
    void watch(accountId, watched);
  }
  function drop(id: string): void {
    const accountId = accountOf.get(id);
    const watched = accountId === undefined ? undefined : accounts.get(accountId);
    accountOf.delete(id);
    if (!watched?.alerts.delete(id) || watched.alerts.size > 0) return;
    watched.stop.abort();
    accounts.delete(accountId!);
  }
  async function watch(accountId: string, watched: Watched): Promise<void> {
    if (watched.running || closed) return;
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
      for (const { sight } of watched.alerts.values()) sight.lost(clock.now().getTime());
    }
  }
  function compare(watched: Watched, account: ValuedAccount): void {
    const nowMs = clock.now().getTime();
    for (const alert of [...watched.alerts.values()]) {
      const value = valueOf(alert.condition, account);
      if (value === 'gone') void endClosed(watched, alert);
      else if (value === null) alert.sight.lost(nowMs);
      else {
        const late = isLate(alert.sight, nowMs);
        alert.sight.saw(nowMs);
        if (isInTime(alert, nowMs)) take(alert, { value, atMs: nowMs }, { late, currency: account.currency });
      }
    }
  }
  /** What a value does to it. */
  function take(alert: Followed, { value, atMs }: { value: bigint; atMs: number }, told: Telling): void {
    const turn = turnOf(alert.trigger, alert, value);
    if (turn) become(alert, { turn, value: textOfUnits(value), atMs, course: after(turn, alert) }, told);
  }
  function become(alert: Followed, { course, ...step }: LateTurn, told: Telling): void {
    Object.assign(alert, course);
    if (step.turn === 'fired' && alert.repeat === 'once') drop(alert.id);
    const receivedAtMs = clock.now().getTime();
    turned({ id: alert.id, ...step, receivedAtMs, firedCount: course.firedCount }, told);
  }
  /**
   * Its position is not among the open ones. Once it is closed it is compared with what that made, and is done; while it is not, or that
   * cannot be read, the next valuation asks again.
   */
  async function endClosed({ userId, alerts: mine }: Watched, alert: Followed): Promise<void> {
    if (alert.condition.kind !== 'position_profit' || alert.isEnding) return;
    alert.isEnding = true;
    try {
      const { accountId, dealId } = alert.condition;
      const made = await valuations.realised(userId, accountId, dealId);
      if (made === 'open' || mine.get(alert.id) !== alert) return; // this reading of the account is older than the position
      const nowMs = clock.now().getTime();
      const told = {
        late: isLate(alert.sight, nowMs),
        currency: accounts.get(accountId)?.account?.currency,
      };
      const value = made && { value: unitsOf(made.profit), atMs: made.at.getTime() };
      if (value && isInTime(alert, value.atMs)) take(alert, value, told);
      if (mine.get(alert.id) !== alert) return; // that was all that it was made for
      drop(alert.id);
      const { id, firedCount } = alert;
      turned({ id, turn: 'done', value: '0', atMs: nowMs, receivedAtMs: nowMs, firedCount }, told);
    } catch (error) {
      valuing.failed(error);
    } finally {
      alert.isEnding = false;
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
      Array.from(watched.alerts.values(), ({ id, sight }) => ({
        id,
        seenAt: new Date(Math.min(sight.seenMs(nowMs), ...sight.gaps().map(({ fromMs }) => fromMs))),
      })),
    );
    if (seen.length > 0) await store.writeSeen(seen).catch(reading.failed);
  }

  const checkGaps = again(async () => {
    for (const watched of [...accounts.values()])
      for (const alert of [...watched.alerts.values()])
        for (const gap of alert.sight.gaps()) {
          if (closed || !watched.account) break;
          try {
            const isWhole = await checkGap(watched, watched.account, alert, gap);
            if (isTold(gap, isWhole, clock.now().getTime())) alert.sight.checked(gap);
            checking.worked();
          } catch (error) {
            checking.failed(error);
          }
        }
  });
  /** Whether all there is to know of it is known. */
  async function checkGap(
    { alerts: mine }: Watched,
    account: ValuedAccount,
    alert: Followed,
    gap: AlertGap,
  ): Promise<boolean> {
    const sinceMs = () => alerts.find(alert.id)?.sinceMs ?? Infinity;
    const check = await checkOf(alert, { account, gap, sinceMs: sinceMs(), candles });
    // What has happened to it meanwhile, by its worth or its user, is what counts.
    if (!check || mine.get(alert.id) !== alert || sinceMs() >= gap.toMs) return true;
    for (const turn of check.turns(alert, sinceMs()))
      become(alert, turn, { late: true, currency: account.currency });
    work();
    return check.whole;
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
      closed = true;
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

/** One that is over stays until all that happened in time is known: `expire` ends it. */
const isInTime = ({ expiresAt }: AccountAlert, atMs: number) => !expiresAt || atMs < expiresAt.getTime();
