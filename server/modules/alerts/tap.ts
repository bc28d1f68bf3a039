// Alerts on the raw ticks of the feeds whose leases are held here: read, evaluated and written. What candles tell where prices were missed is gap-check.ts's.
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { waitAtMost } from '../../lib/within.ts';
import type { TickMessage } from '../../messaging/index.ts';
import type { FeedLease, PriceTap } from '../market-data/ports.ts';
import {
  createAlertEngine,
  type AlertEngine,
  type AlertEngineDeps,
  type MoveCondition,
  type Step,
} from './engine.ts';
import { createFollowed, type FollowedAlerts } from './followed.ts';
import { createGapCheck } from './gap-check.ts';
import { createSight, lateFor, type Sight } from './gaps.ts';
import { createOutbox, type Outbox, type OutboxDeps } from './outbox.ts';
import { pastPrices, seenPrices } from './past.ts';
import type { PastCandles } from './ports.ts';
import { createRecent, type Recent } from './recent.ts';
import { toMarketAlert } from './rows.ts';
import type { AlertRow, AlertStore } from './store.ts';

const beatMs = 1_000;
/** A wake-up may be lost: changes of alerts are looked for this often. */
const lookEveryMs = 3_000;
const writeProgressEveryMs = 5_000;
const checkEveryMs = 30_000;
/** How long a stop waits for PostgreSQL: what it did not take is found by candles. */
const closeWithinMs = 3_000;

interface Watch {
  lease: FeedLease;
  /** Prices since then come here, but while it is down: all of the feed were interrupted, and none has come since. */
  beganMs: number;
  isDown: boolean;
  engine: AlertEngine;
  outbox: Outbox;
  alerts: FollowedAlerts;
  sights: Map<string, Sight>;
  checkGaps: () => Promise<void>;
  recent: Recent;
  /** How far it was when the lease began; undefined until it is read. */
  progress?: Map<string, { seenMs: number; gaps: readonly { fromMs: number; toMs: number }[] }>;
  lookDue: boolean;
  lookedMs: number;
  progressMs: number;
  checkedMs: number;
}
export interface AlertTap extends PriceTap {
  /** Alerts of a feed were changed. */
  changed(feed: string): void;
  close(): Promise<void>;
}

export function createAlertTap({
  store,
  candles,
  spanAt,
  ...deps
}: OutboxDeps &
  AlertEngineDeps & { store: AlertStore; candles: PastCandles; clock: Clock; logger: Logger }): AlertTap {
  const { clock, logger } = deps;
  /** By feed. */
  const watches = new Map<string, Watch>();
  const reading = createTrouble(logger, 'alerts could not be read', 'alerts can be read again');

  function createWatch(lease: FeedLease): Watch {
    const { feed, epoch } = lease;
    const engine = createAlertEngine({ spanAt });
    const outbox = createOutbox(
      { ...deps, store },
      {
        fence: { feed, epoch },
        onRefused(id) {
          alerts.forget(id);
          engine.remove(id);
          watch.lookDue = true;
        },
      },
    );
    const alerts = createFollowed({
      store,
      outbox,
      versions: () => store.ofFeed(feed),
      onRead: (rows) => put(watch, rows),
      onGone: (id) => engine.remove(id),
    });
    const sights = new Map<string, Sight>();
    const checkGaps = createGapCheck({
      ...{ feed, engine, alerts, sights, candles, spanAt, clock, logger },
      isOver: () => lease.signal.aborted || !isCurrent(watch),
      take: (steps) => take(watch, steps, always),
    });
    const watch: Watch = {
      lease,
      beganMs: clock.now().getTime(),
      isDown: false,
      engine,
      outbox,
      alerts,
      sights,
      checkGaps,
      recent: createRecent(),
      lookDue: true,
      lookedMs: 0,
      progressMs: 0,
      checkedMs: 0,
    };
    return watch;
  }

  /** Takes rows that were just read into force. */
  async function put(watch: Watch, rows: readonly AlertRow[]): Promise<void> {
    const { engine, alerts } = watch;
    /** Of the oldest alert of each market: from then on its prices count. */
    const oldestMs = new Map<string, number>();
    for (const { epic, stateAt } of rows)
      if (epic !== null) oldestMs.set(epic, Math.min(oldestMs.get(epic) ?? Infinity, stateAt.getTime()));
    for (const row of rows) {
      const alert = toMarketAlert(row);
      if (!alert) {
        alerts.forget(row.id);
        engine.remove(row.id);
        continue;
      }
      const { condition } = alert;
      if (condition.kind === 'move' && !engine.hasWindow(condition)) await precede(watch, condition);
      if (alerts.isAsKnown(row)) continue; // it did something meanwhile
      alerts.keep(row, condition);
      const sight = sightOf(watch, condition.epic, oldestMs.get(condition.epic)!);
      const stateMs = row.stateAt.getTime();
      const unseen = watch.recent.gapSince(condition.epic, Math.max(stateMs, sight.fromMs));
      if (unseen) sight.missed(unseen);
      take(
        watch,
        engine.add(
          alert,
          watch.recent.of(condition.epic).filter(({ receivedAtMs }) => receivedAtMs > stateMs),
        ),
        lateFor(sight, clock.now().getTime()),
      );
    }
  }
  /** Prices of its window: stored ones, then those that have come since the newest of them was stored. */
  async function precede({ engine, recent }: Watch, condition: MoveCondition): Promise<void> {
    const stored = await pastPrices(candles, condition, clock.now().getTime());
    const since = stored.at(-1)?.atMs ?? -Infinity;
    const seen = seenPrices(recent.of(condition.epic), condition.side);
    engine.precede(condition, [...stored, ...seen.filter(({ atMs }) => atMs >= since)]);
  }
  /** Of a market that had no alert its prices count from `sinceMs`. */
  function sightOf(watch: Watch, epic: string, sinceMs: number): Sight {
    let sight = watch.sights.get(epic);
    if (!sight) {
      const before = watch.progress?.get(epic);
      const fromMs = Math.max(sinceMs, before?.seenMs ?? -Infinity);
      sight = createSight(fromMs, {
        gaps: before?.gaps,
        isStreamed: fromMs >= watch.beganMs && !watch.isDown,
      });
      watch.sights.set(epic, sight);
    }
    return sight;
  }

  /** `isLate`: whether what an alert does that is as it is since then is told late. */
  function take(watch: Watch, steps: readonly Step[], isLate: (sinceMs: number) => boolean): void {
    for (const { course, ...step } of steps) {
      const late = isLate(watch.alerts.find(step.id)?.sinceMs ?? Infinity);
      if (!watch.alerts.turned({ ...step, firedCount: course.firedCount }, { late })) return startAnew(watch);
    }
    if (steps.length > 0) work();
  }
  /** All that is not written is forgotten, and read and checked anew: the progress stays as it was written, before what is forgotten. */
  function startAnew(watch: Watch): void {
    if (isCurrent(watch)) watches.set(watch.lease.feed, createWatch(watch.lease));
    work();
  }
  /** To be asked after each wait: one that was replaced meanwhile knows nothing of what was forgotten. */
  const isCurrent = (watch: Watch): boolean => watches.get(watch.lease.feed) === watch;

  async function read(watch: Watch): Promise<void> {
    try {
      if (!watch.progress) {
        const rows = await store.progress(watch.lease.feed);
        watch.progress = new Map(
          rows.map(({ epic, seenAt, gaps }) => [epic, { seenMs: seenAt.getTime(), gaps }]),
        );
      }
      watch.lookDue = false;
      watch.lookedMs = clock.monotonicMs();
      await watch.alerts.look();
      for (const epic of watch.sights.keys()) if (!watch.engine.hasEpic(epic)) watch.sights.delete(epic);
      reading.worked();
    } catch (error) {
      watch.lookDue = true;
      reading.failed(error);
    }
  }
  async function writeProgress(watch: Watch): Promise<void> {
    if (!isCurrent(watch) || watch.sights.size === 0) return;
    watch.progressMs = clock.monotonicMs();
    const nowMs = Math.min(clock.now().getTime(), watch.outbox.oldestMs());
    const progress = [...watch.sights].map(([epic, sight]) => ({
      epic,
      seenAt: new Date(sight.seenMs(nowMs)),
      gaps: sight.gaps(),
    }));
    await store.writeProgress(watch.lease, progress).catch(reading.failed);
  }

  const work = again(async () => {
    for (const watch of [...watches.values()]) {
      const isDue = (sinceMs: number, everyMs: number) => clock.monotonicMs() - sinceMs >= everyMs;
      await watch.outbox.write();
      if (!isCurrent(watch)) continue; // the new one has its own run
      if (watch.lookDue || isDue(watch.lookedMs, lookEveryMs)) await read(watch);
      if (isDue(watch.progressMs, writeProgressEveryMs)) await writeProgress(watch);
      if (isDue(watch.checkedMs, checkEveryMs)) {
        watch.checkedMs = clock.monotonicMs();
        void watch.checkGaps().finally(work); // beside the writing: the broker may take its time
      }
    }
  });
  const stop = clock.every(beatMs, () => {
    for (const watch of watches.values()) take(watch, watch.engine.passed(clock.now().getTime()), never);
    work();
  });
  const watchOf = ({ feed, epoch }: FeedLease): Watch | undefined => {
    const watch = watches.get(feed);
    return watch?.lease.epoch === epoch ? watch : undefined;
  };

  function takeTick(watch: Watch, tick: Readonly<TickMessage>): void {
    const { epic, bid, offer } = tick;
    const quote = { bid, offer, atMs: Date.parse(tick.at), receivedAtMs: Date.parse(tick.receivedAt) };
    watch.recent.saw(epic, quote);
    watch.isDown = false;
    const sight = watch.sights.get(epic);
    const isLate = lateFor(sight, quote.receivedAtMs);
    sight?.saw(quote.receivedAtMs);
    take(watch, watch.engine.tick(epic, quote), isLate);
  }
  function lose(watch: Watch, epics: readonly string[] | null): void {
    watch.engine.interrupt(epics);
    if (!epics) watch.isDown = true;
    const atMs = clock.now().getTime();
    for (const epic of epics ?? watch.sights.keys()) watch.sights.get(epic)?.lost(atMs);
    watch.recent.forget(epics);
  }
  async function finish(watch: Watch): Promise<void> {
    lose(watch, null);
    if (await watch.outbox.write()) await writeProgress(watch);
  }
  return {
    name: 'alerts',
    async begin(lease) {
      watches.set(lease.feed, createWatch(lease));
      work();
      await work.idle();
    },
    ticks({ lease, ticks, missed }) {
      const watch = watchOf(lease);
      if (!watch) return;
      if (missed > 0) lose(watch, null);
      for (const tick of ticks) takeTick(watches.get(lease.feed) ?? watch, tick);
    },
    interrupted({ lease, epics }) {
      const watch = watchOf(lease);
      if (watch) lose(watch, epics);
    },
    async end(lease) {
      await work.idle();
      const watch = watchOf(lease);
      if (!watch) return;
      await finish(watch);
      if (watchOf(lease)) watches.delete(lease.feed);
    },
    changed(feed) {
      const watch = watches.get(feed);
      if (!watch) return;
      watch.lookDue = true;
      work();
    },
    async close() {
      stop();
      await waitAtMost(
        clock,
        closeWithinMs,
        work.idle().then(() => Promise.all([...watches.values()].map(finish))),
      );
      watches.clear();
    },
  };
}

const always = () => true;
const never = () => false;
