// Alerts on margin and on the profit of a position: compared with trading's own valuation of the accounts that have one, as prices move.
import { decimal } from '../../../shared/decimal.ts';
import { foldValuation } from '../../../shared/valuation.ts';
import type { Valuation } from '../../../shared/trading.ts';
import { again } from '../../lib/again.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { waitAtMost } from '../../lib/within.ts';
import { createFollowed } from './followed.ts';
import { createOutbox, type OutboxDeps } from './outbox.ts';
import type { AlertValuations } from './ports.ts';
import { toAccountAlert, type AccountAlert } from './rows.ts';
import type { AlertRow, AlertStore } from './store.ts';
import { after, triggerOf, turnOf, type Trigger } from './trigger.ts';
import { unitsOf } from './units.ts';

const beatMs = 1_000;
/** A wake-up may be lost: changes of alerts are looked for this often. */
const lookEveryMs = 3_000;
/** Alerts whose time is up, or whose account has gone, are looked for this often. */
const sweepEveryMs = 5_000;
const closeWithinMs = 3_000;
/** Of a margin level; the rest of the division says nothing to anybody. */
const levelPlaces = 6;

/** What an alert on an account is compared with; null: not known now, `gone`: never any more. */
export function valueOf(
  condition: AccountAlert['condition'],
  { summary, positions }: Valuation,
): string | null | 'gone' {
  if (condition.kind === 'margin_level') {
    const { equity, margin, stale } = summary;
    if (stale || decimal.compare(margin, '0') <= 0) return null;
    return decimal.divide(decimal.multiply(equity, '100'), margin, levelPlaces, 'half-even');
  }
  const position = positions.find(({ dealId }) => dealId === condition.dealId);
  if (!position) return 'gone';
  return position.priceStale ? null : position.runningProfit;
}

interface Followed extends AccountAlert {
  trigger: Trigger;
}
interface Watched {
  userId: string;
  alerts: Map<string, Followed>;
  stop: AbortController;
  running: boolean;
  known?: Valuation | undefined;
}

/** Of a worker; several at once tell nothing twice. `close` ends what it watches. */
export function createAccountAlerts({
  store,
  valuations,
  ...deps
}: OutboxDeps & { store: AlertStore; valuations: Pick<AlertValuations, 'watch'> }) {
  const { clock, logger } = deps;
  const accounts = new Map<string, Watched>();
  const accountOf = new Map<string, string>();
  let [lookDue, lookedMs, sweptMs] = [true, 0, 0];
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
    watched.alerts.set(row.id, { ...alert, trigger: triggerOf(alert.condition, alert.rearmBand) });
    if (watched.known) compare(watched, watched.known);
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
      for await (const message of await valuations.watch(watched.userId, accountId, { signal })) {
        watched.known = foldValuation(watched.known, message);
        valuing.worked();
        compare(watched, watched.known);
      }
    } catch (error) {
      if (!signal.aborted) valuing.failed(error, { account: accountId });
    } finally {
      watched.running = false; // the next beat begins again
      watched.known = undefined;
    }
  }
  function compare(watched: Watched, valuation: Valuation): void {
    const nowMs = clock.now().getTime();
    for (const alert of [...watched.alerts.values()]) {
      const value = valueOf(alert.condition, valuation);
      const step = { id: alert.id, atMs: nowMs, receivedAtMs: nowMs, firedCount: alert.firedCount };
      if (alert.expiresAt && alert.expiresAt.getTime() <= nowMs) end(alert.id, 'expired');
      else if (value === 'gone') end(alert.id, 'done');
      else if (value !== null) {
        const turn = turnOf(alert.trigger, alert, unitsOf(value));
        if (!turn) continue;
        Object.assign(alert, after(turn, alert));
        if (turn === 'fired' && alert.repeat === 'once') drop(alert.id);
        const { currency } = valuation.summary;
        turned({ ...step, turn, value, firedCount: alert.firedCount }, currency);
      }
      function end(id: string, turn: 'expired' | 'done') {
        drop(id);
        turned({ ...step, turn, value: '0' }, undefined);
      }
    }
  }
  function turned(step: Parameters<typeof alerts.turned>[0], currency: string | undefined): void {
    if (!alerts.turned(step, { late: false, currency })) {
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
  const work = again(async () => {
    await outbox.write();
    await read();
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
        work.idle().then(() => outbox.write()),
      );
    },
  };
}
