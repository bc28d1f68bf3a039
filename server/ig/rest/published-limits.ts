// What the broker publishes of an API key's own limits: read once a day over all processes, kept in PostgreSQL, and what budgets start from.
import { z } from 'zod';
import type { Environment } from '../../../shared/primitives.ts';
import type { Clock } from '../../lib/clock.ts';
import { ageMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import type { Allowance } from './allowance.ts';
import { allowanceNames, type AllowanceStore } from './allowance-store.ts';
import { read } from './door.ts';
import { allowancePauseMs } from './errors.ts';
import type { PointsBudget } from './history-points.ts';
import type { Reader } from './reader.ts';
import { Applications } from './schemas.ts';
import type { IgSession } from './session.ts';

/** IG changes those of demo without notice. */
const readAgainMs = 86_400_000;
/** Where nothing is known, or the broker has refused a request for its allowance, they are read again sooner. */
const readSoonMs = 600_000;
/** Until then nobody reads who is not urgent (allowance-rules.ts). */
const afterRefusalMs = allowancePauseMs;

const limit = z.number().nullable();
/** Null: not told. Requests a minute, candles of price history a week, items of a stream connection. */
export const Published = z.object({
  key: limit,
  account: limit,
  trading: limit,
  points: limit,
  streamItems: limit,
});
export type Published = z.output<typeof Published>;
const Kept = z.object({ askedMs: z.number(), published: Published.nullable() });
const nothing: z.output<typeof Kept> = { askedMs: 0, published: null };

export interface PublishedLimits {
  /** Reads what is published where it is time to. To be called whenever the login is used, and not waited for. Never rejects. */
  look(): Promise<void>;
  /** A request was refused for an allowance: the next look reads anew what is older than ten minutes. */
  refused(): void;
  /** What is known of them, without asking the broker; null: nothing. Throws what PostgreSQL throws. */
  recall(accountId: string): Promise<Published | null>;
}

export function createPublishedLimits({
  environment,
  apiKey,
  reader,
  session,
  allowance,
  points,
  store,
  clock,
  logger,
}: {
  environment: Environment;
  apiKey: string;
  reader: Reader;
  session: IgSession;
  allowance: Allowance;
  points: PointsBudget;
  store: AllowanceStore;
  clock: Clock;
  logger: Logger;
}): PublishedLimits {
  const names = allowanceNames(environment, apiKey);
  const change = <R>(
    accountId: string,
    by: (kept: z.output<typeof Kept>) => { content: z.output<typeof Kept>; result: R },
  ) =>
    store.changeDocument(names.published(accountId), clock.now(), (content) =>
      by(Kept.safeParse(content).data ?? nothing),
    );
  function believe(published: Published | null) {
    allowance.assume(published);
    if (published?.points) points.assume(published.points);
  }

  async function readAnew(accountId: string, before: Published | null) {
    const answer = await reader.get('/operations/application', 1, { by: 'reconcile', retries: 0 });
    const own = read(Applications, answer).find((each) => each.apiKey === apiKey);
    if (!own) return void logger.info('IG does not list the API key that it is asked with');
    const published: Published = {
      key: toLimit(own.allowanceApplicationOverall),
      account: toLimit(own.allowanceAccountOverall),
      trading: toLimit(own.allowanceAccountTrading),
      points: toLimit(own.allowanceAccountHistoricalData),
      streamItems: toLimit(own.concurrentSubscriptionsLimit),
    };
    believe(published);
    await allowance.published(accountId, before);
    await change(accountId, (kept) => ({ content: { ...kept, published }, result: undefined }));
    logger.info({ ...published }, 'what IG publishes of the allowances of the API key');
  }
  const lookNow = once(async (afterRefusal: boolean) => {
    const { accountId } = await session.current();
    const { isDue, published } = await change(accountId, (kept) => {
      const waitMs = kept.published && !afterRefusal ? readAgainMs : readSoonMs;
      const isDue = ageMs(new Date(kept.askedMs), clock.now()) >= waitMs;
      return {
        content: isDue ? { ...kept, askedMs: clock.now().getTime() } : kept,
        result: { isDue, published: kept.published },
      };
    });
    believe(published);
    if (isDue) await readAnew(accountId, published);
  }, String);

  let nextMs = -Infinity;
  let wasRefused = false;
  return {
    async look() {
      if (environment === 'simulated' || clock.monotonicMs() < nextMs) return;
      nextMs = clock.monotonicMs() + readSoonMs;
      const afterRefusal = wasRefused;
      wasRefused = false;
      // Not worth a failure: what is assumed does as well, and refusals teach.
      await lookNow(afterRefusal).catch((err: unknown) =>
        logger.info({ err }, 'what IG publishes of the allowances could not be read'),
      );
    },
    refused() {
      wasRefused = true;
      nextMs = clock.monotonicMs() + afterRefusalMs;
    },
    async recall(accountId) {
      const document = await store.readDocument(names.published(accountId));
      const published = Kept.safeParse(document?.content).data?.published ?? null;
      believe(published);
      return published;
    },
  };
}

/** A whole number above 0, however it is written (`30`, `30.0`); null for anything else. */
function toLimit(text: string | null | undefined): number | null {
  const value = Number(text ?? NaN);
  return Number.isSafeInteger(value) && value > 0 && value <= maxLimit ? value : null;
}
/** What PostgreSQL's integers hold, and no limit anybody could reach. */
const maxLimit = 1_000_000_000;
