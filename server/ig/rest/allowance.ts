// The allowance of one IG login, shared by all processes through PostgreSQL: requests wait here for their turn, the most important first.
import type { AllowanceClass } from '../../../shared/allowance.ts';
import type { Environment } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { within } from '../../lib/within.ts';
import { putNewest } from '../../lib/bounded.ts';
import {
  isFree,
  isHeldBack,
  newBucket,
  patienceMsOf,
  rankOf,
  refused,
  settled,
  spend,
  startedAnew,
  startingLimits,
  turnOf,
  type Bucket,
  type Scope,
} from './allowance-rules.ts';
import { allowanceNames, type AllowanceStore, type Buckets } from './allowance-store.ts';
import { allowanceCodes, IgError } from './errors.ts';
import type { IgHttp } from './http.ts';

/** A request that counts against an allowance: `reads` of an account, what counts for the `key` alone (logins), or `deals`. */
export interface Counted {
  by: AllowanceClass;
  counts: 'reads' | 'key' | 'deals';
  accountId: string;
}
const scopesOf: Record<Counted['counts'], readonly Scope[]> = {
  reads: ['key', 'account'],
  key: ['key'],
  deals: ['trading'],
};
const scopes: readonly Scope[] = ['key', 'account', 'trading'];
/** When PostgreSQL has not answered by then, this process decides by what it saw last, and asks it no more for a while. */
export const storeTimeoutMs = 1_500;
const withoutStoreMs = 5_000;
/** Buckets this process remembers: of one key, and two for each of its accounts. */
const maxKnown = 1_000;

/** Requests a minute. */
export type PublishedLimit = Record<Scope, number | null>;

export interface Allowance {
  /**
   * Resolves when the request may go out, and counts it. Throws broker.limited when that is further away than its class waits; never
   * for a close or a login, which do not wait for PostgreSQL either. An aborted `signal` ends the waiting with its reason.
   */
  turn(request: Counted, signal?: AbortSignal): Promise<void>;
  /** A request to IG ended with `error`: if that is for an allowance, less is believed of it from now on, or nobody asks for a while. */
  refused(request: Pick<Counted, 'by' | 'accountId'>, error: IgError): void;
  /** What is published of the limits (null: nothing is known of it), for buckets that begin from now on. */
  assume(published: PublishedLimit | null): void;
  /** The same for the buckets that an account has already, which began with what had been published `before`. */
  published(accountId: string, before: PublishedLimit | null): Promise<void>;
  /** `listener` is called after each refusal, in place of the one before. */
  onRefused(listener: () => void): void;
  /** Resolves when all that was counted so far is written, by who did not wait for it too. */
  counted(): Promise<void>;
  /** The buckets of an account, as all processes know them. Throws what PostgreSQL throws. */
  bucketsOf(accountId: string): Promise<{ scope: Scope; bucket: Bucket }[]>;
}

/** What has been sent is counted first, then what was refused of it; who waits comes after, by importance. */
const ranks = { sent: -2, refused: -1 };
/** What waits for the buckets: `apply` changes them, and may run again with others when PostgreSQL fails. */
interface Step {
  names: ReadonlyMap<string, Scope>;
  rank: number;
  apply(buckets: Buckets, nowMs: number): void;
  done(): void;
}

export function createAllowance({
  environment,
  apiKey,
  store,
  clock,
  logger,
  onSpent,
}: {
  environment: Environment;
  apiKey: string;
  store: AllowanceStore;
  clock: Clock;
  logger: Logger;
  /** Called for each read and login that counts. */
  onSpent?: ((environment: Environment) => void) | undefined;
}): Allowance {
  const nameOf = allowanceNames(environment, apiKey).bucket;
  const namesOf = ({ counts, accountId }: Pick<Counted, 'counts' | 'accountId'>) =>
    new Map(scopesOf[counts].map((scope) => [nameOf(scope, accountId), scope]));
  const nowMs = () => clock.now().getTime();
  let limits = startingLimits(environment, null);
  let whenRefused = () => {};
  /** The buckets as this process last saw them. */
  const known: Buckets = new Map();
  /** Those that IG has just refused; `known` learns of it in its turn. */
  const refusing = new Set<string>();
  const fresh = (name: string, scope: Scope) => known.get(name) ?? newBucket(limits[scope], nowMs());

  const steps: Step[] = [];
  let running: Promise<void> | undefined;
  let withoutStoreUntilMs = -Infinity;
  /** One transaction at a time for all who wait: what a hundred of them ask costs one connection, and the most important is asked first. */
  async function run() {
    while (steps.length > 0) {
      const batch = steps.splice(0).sort((a, b) => a.rank - b.rank);
      const names = new Map(batch.flatMap((step) => [...step.names]));
      const present = new Map([...names].map(([name, scope]) => [name, fresh(name, scope)]));
      const change = (buckets: Buckets) => {
        const now = nowMs();
        for (const [name, bucket] of buckets) buckets.set(name, settled(bucket, now));
        for (const step of batch) step.apply(buckets, now);
        return buckets;
      };
      for (const [name, bucket] of await throughStore(present, change))
        putNewest(known, name, bucket, maxKnown);
      for (const step of batch) step.done();
    }
    running = undefined; // at once: who comes now finds nobody who would look again
  }
  async function throughStore(present: Buckets, change: (buckets: Buckets) => Buckets): Promise<Buckets> {
    if (clock.monotonicMs() >= withoutStoreUntilMs)
      try {
        return await within(clock, storeTimeoutMs, () => store.change(present, change));
      } catch (err) {
        withoutStoreUntilMs = clock.monotonicMs() + withoutStoreMs;
        logger.warn({ err }, 'the broker allowances are not shared: PostgreSQL does not answer');
      }
    return change(new Map(present));
  }
  const step = (names: Step['names'], rank: number, apply: Step['apply']) =>
    new Promise<void>((resolve) => {
      steps.push({ names, rank, apply, done: resolve });
      running ??= run();
    });

  /** Spends when there is room in every bucket; else how long until asking again may be worth it. */
  async function ask(names: Step['names'], by: AllowanceClass): Promise<number> {
    let waitMs = 0;
    await step(names, isHeldBack(by) ? rankOf(by) : ranks.sent, (buckets, now) => {
      const turns = [...names].map(([name, scope]) => ({
        name,
        ...turnOf(buckets.get(name)!, by, now, limits[scope]),
      }));
      waitMs = Math.max(...turns.map(({ atMs }) => atMs)) - now;
      if (waitMs > 0) return;
      for (const { name, raises } of turns) buckets.set(name, spend(buckets.get(name)!, by, now, raises));
    });
    return waitMs;
  }

  return {
    async turn(request, signal) {
      const { by, counts } = request;
      const names = namesOf(request);
      const untilMs = clock.monotonicMs() + patienceMsOf(by);
      const now = nowMs();
      if ([...names].some(([name, scope]) => refusing.has(name) || !isFree(fresh(name, scope), now))) {
        const asked = ask(names, by);
        if (isHeldBack(by))
          for (let waitMs = await asked; waitMs > 0; waitMs = await ask(names, by)) {
            if (clock.monotonicMs() + waitMs > untilMs)
              throw new AppError('broker.limited', { retryAfterMs: Math.ceil(waitMs) });
            await pause(clock, waitMs, signal);
            signal?.throwIfAborted();
          }
      }
      if (counts !== 'deals') onSpent?.(environment);
    },
    refused({ by, accountId }, error) {
      const scope = error.isRateLimited ? allowanceCodes[error.code] : undefined;
      if (scope === undefined || scope === 'points') return;
      const name = nameOf(scope, accountId);
      refusing.add(name);
      const learned = step(new Map([[name, scope]]), ranks.refused, (buckets, now) => {
        const after = refused(buckets.get(name)!, by, now);
        logger.warn({ scope, by, perMinute: after.perMinute }, 'IG refused a request for its allowance');
        buckets.set(name, after);
      });
      void learned.then(() => refusing.delete(name));
      whenRefused();
    },
    onRefused: (listener) => void (whenRefused = listener),
    assume: (published) => void (limits = startingLimits(environment, published)),
    async published(accountId, published) {
      const before = startingLimits(environment, published);
      const names = new Map(scopes.map((scope) => [nameOf(scope, accountId), scope]));
      await step(names, ranks.sent, (buckets) => {
        for (const [name, scope] of names)
          buckets.set(name, startedAnew(buckets.get(name)!, before[scope], limits[scope]));
      });
    },
    counted: async () => void (await running),
    async bucketsOf(accountId) {
      await running;
      const shared = await store.read(scopes.map((scope) => nameOf(scope, accountId)));
      return scopes.map((scope) => {
        const name = nameOf(scope, accountId);
        return { scope, bucket: settled(shared.get(name) ?? fresh(name, scope), nowMs()) };
      });
    },
  };
}

/** `http` for logins and refreshes, which count for the key and never wait. */
export const countLogins =
  (http: IgHttp, allowance: Allowance): IgHttp =>
  async (request) => {
    const counted = { by: 'session', counts: 'key', accountId: '' } as const;
    await allowance.turn(counted);
    try {
      return await http(request);
    } catch (error) {
      if (error instanceof IgError) allowance.refused(counted, error);
      throw error;
    }
  };
