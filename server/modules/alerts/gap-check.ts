// What alerts on prices did while these were not seen: candles are asked of each gap, and what they tell is applied. Which gaps there are is gaps.ts's, what candles say back-check.ts's.
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { createBackCheck, untoldOf, type LateTurn } from './back-check.ts';
import type { AlertEngine, AlertEngineDeps, LiveAlert, Step } from './engine.ts';
import type { FollowedAlerts } from './followed.ts';
import { isTold, type Sight } from './gaps.ts';
import { askCandles, questionsOf } from './past.ts';
import type { PastCandles } from './ports.ts';

/** Of the alerts of one feed; `isOver`: what it finds is of no use any more. */
export function createGapCheck({
  feed,
  engine,
  alerts,
  sights,
  isOver,
  take,
  candles,
  spanAt,
  clock,
  logger,
}: AlertEngineDeps & {
  feed: string;
  engine: AlertEngine;
  alerts: Pick<FollowedAlerts, 'before'>;
  sights: ReadonlyMap<string, Sight>;
  isOver: () => boolean;
  take: (steps: readonly Step[]) => void;
  candles: PastCandles;
  clock: Clock;
  logger: Logger;
}) {
  const checking = createTrouble(
    logger,
    'what alerts missed could not be checked by candles',
    'what alerts missed can be checked by candles again',
  );
  /** Whether all there is to know of it is known. */
  async function checkGap(epic: string, gap: AlertGap): Promise<boolean> {
    /** Those that are as they are since before it was over. */
    const inForce = () =>
      [...engine.list()].filter(
        ({ id, condition }) => condition.epic === epic && alerts.before(id, gap.toMs) !== undefined,
      );
    let whole = true;
    for (const [question, mine] of questionsOf(inForce(), gap, spanAt)) {
      const found = await askCandles(candles, { feed, epic }, question);
      whole &&= found.whole;
      const check = createBackCheck(found.candles);
      // What has happened to an alert meanwhile, by prices or its user, is what counts.
      for (const alert of inForce().filter(mine)) {
        const before = alerts.before(alert.id, gap.toMs);
        if (!before) continue;
        const { sinceMs, waited } = before;
        const turns = waited
          ? untoldOf(check({ ...alert, state: 'waiting', sinceMs }), alert, clock.now().getTime())
          : check({ ...alert, sinceMs });
        if (turns.length > 0) apply(alert, turns);
      }
    }
    return whole;
  }
  function apply(alert: LiveAlert, turns: readonly LateTurn[]): void {
    const now = { receivedAtMs: clock.now().getTime() };
    take(turns.map((turn) => ({ id: alert.id, ...turn, ...now })));
    const last = turns.at(-1)!;
    engine.remove(alert.id);
    if (last.turn === 'fired' && alert.repeat === 'once') return;
    take(engine.add({ ...alert, ...last.course }));
    // Armed by what was missed: the last price may be there already.
    take(engine.renew(alert.id, { atMs: now.receivedAtMs, ...now }));
  }
  async function checkAll(): Promise<void> {
    for (const [epic, sight] of sights)
      for (const gap of sight.gaps()) {
        if (isOver()) return;
        try {
          const isWhole = await checkGap(epic, gap);
          if (isTold(gap, isWhole, clock.now().getTime())) {
            sight.checked(gap);
            if (!isWhole)
              logger.warn({ epic, gap }, 'alerts missed prices of which candles never told: given up');
          }
          checking.worked();
        } catch (error) {
          checking.failed(error, { epic });
        }
      }
  }
  let running: Promise<void> | undefined;
  /** Each gap that there is; not while that is under way. */
  return (): Promise<void> => (running ??= checkAll().finally(() => (running = undefined)));
}
