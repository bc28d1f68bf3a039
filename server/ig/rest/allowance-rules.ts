// How a broker's allowance is shared out: who may go next, what a refusal teaches, when more is tried. Pure; where buckets are kept: allowance-store.ts.
import { allowanceClasses, type AllowanceClass } from '../../../shared/allowance.ts';
import type { Environment } from '../../../shared/primitives.ts';
import { clocksDifferMs } from '../../lib/instants.ts';
import { allowancePauseMs } from './errors.ts';

/** Non-trading requests of an API key, the same of an account, and trading requests of an account: IG counts each a minute. */
export type Scope = 'key' | 'account' | 'trading';

/**
 * What IG counts in a minute leaves our count a second later, so that a request that was long on its way does not meet the next
 * minute's. Sliding, since nobody knows when IG's minutes begin: that is within any fixed minute too.
 */
export const windowMs = 61_000;

/**
 * What is believed of a bucket before IG has said no: what it publishes, less two, since it refuses at the published value itself
 * (trading-ig does the same). The simulator has no allowance to spare.
 */
const assumed: Record<Environment, Record<Scope, number>> = {
  live: { key: 58, account: 28, trading: 98 },
  demo: { key: 18, account: 8, trading: 31 },
  simulated: { key: Infinity, account: Infinity, trading: Infinity },
};

/** IG refuses at what it publishes itself. */
const belowPublished = 2;
/** What is believed of each bucket at first; null: nothing of it is published. */
export const startingLimits = (
  environment: Environment,
  published: Record<Scope, number | null> | null,
): Record<Scope, number> =>
  mapScopes((scope) => {
    const told = published?.[scope];
    return told ? Math.max(leastPerMinute, told - belowPublished) : assumed[environment][scope];
  });
const mapScopes = (of: (scope: Scope) => number): Record<Scope, number> => ({
  key: of('key'),
  account: of('account'),
  trading: of('trading'),
});

interface Standing {
  /** What it leaves of a bucket to those above it: a part, so many at least, but of a small bucket no more than another part. */
  leaves: { part: number; least: number; most: number };
  /** So many requests it may spend above what is believed to be granted. */
  beyond?: number;
  /** How long it keeps still after a refusal. */
  stillMs: number;
  /** How long it waits for its turn; when that is further away it is refused at once, with the time to wait. */
  patienceMs: number;
  /** It may find out whether IG grants more than is believed, also at the expense of those above it. */
  tries: boolean;
}
const nothing = { part: 0, least: 0, most: 0 };
/**
 * A close and a login are never held back: the first must go whatever we believe, the second is rare by itself (session.ts). What
 * the others leave makes the order in which they go, over all processes: a place that gets free in a full bucket is within reach
 * of the highest only.
 */
const standings: Record<AllowanceClass, Standing> = {
  close: { leaves: nothing, stillMs: 0, patienceMs: 0, tries: true },
  open: { leaves: { part: 0.1, least: 2, most: 0.2 }, stillMs: 1_000, patienceMs: 2_000, tries: false },
  /**
   * The market, price and figures that an opening rests on. A little beyond what is believed: less than is published is believed from
   * the start (`belowPublished`), and whatever users' reads and a backfill have spent, an opening is not denied for them.
   */
  deal: { leaves: nothing, beyond: 2, stillMs: 0, patienceMs: 5_000, tries: true },
  confirm: { leaves: nothing, stillMs: 2_000, patienceMs: 5_000, tries: true },
  session: { leaves: nothing, stillMs: 0, patienceMs: 0, tries: true },
  reconcile: {
    leaves: { part: 0.05, least: 1, most: 0.2 },
    stillMs: allowancePauseMs,
    patienceMs: 5_000,
    tries: true,
  },
  user: {
    leaves: { part: 0.1, least: 2, most: 0.18 },
    stillMs: allowancePauseMs,
    patienceMs: 5_000,
    tries: true,
  },
  backfill: {
    leaves: { part: 0.25, least: 3, most: 0.4 },
    stillMs: allowancePauseMs,
    patienceMs: 5_000,
    tries: false,
  },
};
export const patienceMsOf = (by: AllowanceClass) => standings[by].patienceMs;
export const isHeldBack = (by: AllowanceClass) => by !== 'close' && by !== 'session';
/** The smaller the more important. */
export const rankOf = (by: AllowanceClass) => allowanceClasses.indexOf(by);

/** Two refusals within this time are no accident: only then is less believed than before. */
const refusedAgainMs = 90_000;
/** After such a one nobody tries for more within so long: an exhausted bucket costs one refusal in two minutes. */
const tryAgainMs = 90_000;
/** The same for those who may not, and where it would be at the expense of a confirm or a close. */
const rarelyTryMs = 600_000;
/** A try raises what is believed by a tenth at least every so often, while somebody waits: double within ten seconds. */
const raiseEveryMs = 1_000;
const raiseBy = 0.1;
/** Less is never believed: with one refusal in the 10 s of keeping still the cost of being wrong is small. */
const leastPerMinute = 2;

/** The bucket once something else is published: that is believed then, whatever has been found out of what was before. */
export const startedAnew = (bucket: Bucket, before: number, after: number): Bucket =>
  before === after ? bucket : { ...bucket, perMinute: after, raisedMs: null };

/** One request that counts. */
export interface Spend {
  atMs: number;
  by: AllowanceClass;
}
export interface Bucket {
  /** What IG is believed to grant a minute. */
  perMinute: number;
  /** Oldest first. */
  spent: Spend[];
  /** Since when `spent` has been kept. */
  sinceMs: number;
  /** The last refusal. */
  refusedMs: number | null;
  /** The last time a try raised `perMinute`. */
  raisedMs: number | null;
}
export const newBucket = (perMinute: number, nowMs: number): Bucket => ({
  perMinute,
  spent: [],
  sinceMs: nowMs,
  refusedMs: null,
  raisedMs: null,
});

/** Since when, for instants that a clock may have written that was ahead: those count as long past. */
const since = (atMs: number | null, nowMs: number) =>
  atMs === null || atMs > nowMs + clocksDifferMs ? Infinity : Math.max(0, nowMs - atMs);

/** The bucket without what counts no more. */
export const settled = (bucket: Bucket, nowMs: number): Bucket => ({
  ...bucket,
  spent: bucket.spent.filter(({ atMs }) => since(atMs, nowMs) < windowMs),
});

/** Nothing is known to limit it: it need not even be counted. */
export const isFree = ({ perMinute, refusedMs }: Bucket, nowMs: number) =>
  perMinute === Infinity && since(refusedMs, nowMs) >= refusedAgainMs;

export interface Turn {
  /** `nowMs`, or when asking again may be worth it. */
  atMs: number;
  /** Beyond what was believed, as a try. */
  raises: boolean;
}
/** When `by` may spend of a settled bucket. */
export function turnOf(bucket: Bucket, by: AllowanceClass, nowMs: number, assumedPerMinute: number): Turn {
  const at = (atMs: number, raises = false): Turn => ({ atMs, raises });
  if (!isHeldBack(by)) return at(nowMs);
  const { leaves, stillMs, beyond = 0 } = standings[by];
  const stillForMs = stillMs - since(bucket.refusedMs, nowMs);
  if (stillForMs > 0) return at(nowMs + stillForMs);
  if (bucket.perMinute === Infinity) return at(nowMs);
  const { perMinute } = bucket;
  const wanted = Math.max(leaves.least, Math.ceil(perMinute * leaves.part));
  const share = perMinute + beyond - Math.min(wanted, Math.floor(perMinute * leaves.most));
  const over = bucket.spent.length - share;
  if (over < 0) return at(nowMs);
  const tryInMs = tryIn(bucket, by, nowMs, assumedPerMinute);
  return tryInMs <= 0 ? at(nowMs, true) : at(Math.min(bucket.spent[over]!.atMs + windowMs, nowMs + tryInMs));
}

/** How long until `by` may try for more; Infinity: not at all. */
function tryIn(bucket: Bucket, by: AllowanceClass, nowMs: number, assumedPerMinute: number): number {
  const atOthersExpense = bucket.spent.some((spend) => rankOf(spend.by) < rankOf(by) && isUrgent(spend.by));
  const careful = !standings[by].tries || atOthersExpense;
  if (careful && bucket.perMinute >= assumedPerMinute) return Infinity;
  return Math.max(
    (careful ? rarelyTryMs : tryAgainMs) - since(bucket.refusedMs, nowMs),
    raiseEveryMs - since(bucket.raisedMs, nowMs),
  );
}
const isUrgent = (by: AllowanceClass) => by === 'close' || by === 'confirm' || by === 'deal';

/** The bucket after a request. */
export const spend = (bucket: Bucket, by: AllowanceClass, nowMs: number, raises: boolean): Bucket => ({
  ...bucket,
  spent: [...bucket.spent, { atMs: nowMs, by }],
  ...(raises && {
    perMinute: bucket.perMinute + Math.max(1, Math.floor(bucket.perMinute * raiseBy)),
    raisedMs: nowMs,
  }),
});

/**
 * The bucket after IG refused a request of `by` for this allowance. What IG had granted in the last minute is a bound of what it
 * grants, so that is believed from now on, unless it may be an accident, or not everything was counted.
 */
export function refused(bucket: Bucket, by: AllowanceClass, nowMs: number): Bucket {
  const index = bucket.spent.findLastIndex((each) => each.by === by);
  const spent = bucket.spent.filter((_, i) => i !== index);
  const isExpected =
    since(bucket.raisedMs, nowMs) < windowMs || since(bucket.refusedMs, nowMs) < refusedAgainMs;
  const isCounted = since(bucket.sinceMs, nowMs) >= windowMs;
  return {
    ...bucket,
    spent,
    perMinute:
      isExpected && isCounted
        ? Math.max(leastPerMinute, Math.min(bucket.perMinute, spent.length))
        : bucket.perMinute,
    refusedMs: nowMs,
  };
}
