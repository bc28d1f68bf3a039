// The points of price history of an API key and account, one budget for all processes: held before a request, counted by what IG says after it.
import type { Environment } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { allowanceNames, type AllowanceStore } from './allowance-store.ts';
import type { Answered } from './door.ts';
import { allowanceCodes, IgError } from './errors.ts';
import {
  answered,
  HistoryPoints,
  hold,
  newPoints,
  refusedPoints,
  released,
  settledPoints,
  type Held,
  type ToldPoints,
} from './history-points-rules.ts';

/** What IG publishes for demo and live alike; the simulator has points to spare. */
const assumedPoints: Record<Environment, number | null> = { live: 10_000, demo: 10_000, simulated: null };

export interface PointsBudget {
  /**
   * Holds `wanted` points while `request` is under way, which spends no more than those, and counts by what `read` finds in its answer.
   * Throws broker.limited when there are not so many, without asking; what `request` and `read` throw; server.unavailable without
   * PostgreSQL.
   */
  spend<T extends { told: ToldPoints }>(wanted: number, asking: Asking<T>): Promise<T>;
  /** As all processes know them. */
  of(accountId: string): Promise<HistoryPoints>;
  /** What the broker publishes for this key, believed until an answer tells. */
  assume(granted: number): void;
}
interface Asking<T> {
  accountId: string;
  request: () => Promise<Answered>;
  read: (answer: Answered) => T;
}

export function createPointsBudget({
  environment,
  apiKey,
  store,
  clock,
  logger,
}: {
  environment: Environment;
  apiKey: string;
  store: AllowanceStore;
  clock: Clock;
  logger: Logger;
}): PointsBudget {
  const names = allowanceNames(environment, apiKey);
  const nowMs = () => clock.now().getTime();
  let assumed = assumedPoints[environment];
  /** What has been told of a week outranks what is assumed. */
  const pointsIn = (content: unknown): HistoryPoints => {
    const kept = HistoryPoints.safeParse(content).data;
    const points = kept && (kept.endsMs !== null || kept.refusedMs !== null) ? kept : undefined;
    return settledPoints(points ?? { ...newPoints(assumed), held: kept?.held ?? [] }, nowMs());
  };
  const change = <R>(
    accountId: string,
    by: (points: HistoryPoints) => { points: HistoryPoints; result: R },
  ): Promise<R> =>
    store
      .changeDocument(names.points(accountId), clock.now(), (content) => {
        const { points, result } = by(pointsIn(content));
        return { content: points, result };
      })
      .catch((cause: unknown) => {
        throw new AppError('server.unavailable', {
          cause,
          detail: 'the points of price history could not be read or written',
        });
      });
  const end = (accountId: string, by: (points: HistoryPoints) => HistoryPoints) =>
    change(accountId, (points) => ({ points: by(points), result: undefined }));

  /** What is not certain stays held. */
  async function failed(accountId: string, held: Held, error: unknown) {
    if (error instanceof IgError && error.isRateLimited && allowanceCodes[error.code] === 'points') {
      logger.warn({ points: held.points }, 'IG refused price history: the points of the week are used up');
      return end(accountId, (points) => refusedPoints(points, held, nowMs()));
    }
    if (spentNothing(error)) await end(accountId, (points) => released(points, held));
  }
  return {
    async spend(wanted, { accountId, request, read }) {
      const begun = await change<ReturnType<typeof hold>>(accountId, (points) => {
        const next = hold(points, wanted, nowMs());
        return { points: 'held' in next ? next.points : points, result: next };
      });
      if ('waitMs' in begun)
        throw new AppError('broker.limited', {
          message:
            'The broker’s allowance of price history for this week is used up: accounts.allowance says when it is whole again.',
          retryAfterMs: Math.ceil(begun.waitMs),
        });
      const { held } = begun;
      const answer = await request().catch(async (error: unknown) => {
        await failed(accountId, held, error);
        throw error;
      });
      const result = read(answer);
      // What was paid for is not thrown away: not counted, it stays held.
      await end(accountId, (points) => answered(points, held, result.told)).catch((err: unknown) =>
        logger.warn({ err }, 'the points of price history that were spent could not be written'),
      );
      return result;
    },
    of: async (accountId) => pointsIn((await store.readDocument(names.points(accountId)))?.content),
    assume: (granted) => void (assumed = granted),
  };
}

/** Nothing was sent (what is no IgError comes from before that), or IG refused it before it read any history. */
const spentNothing = (error: unknown) =>
  !(error instanceof IgError) || error.facts.neverSent === true || !error.isPassing;
