// What the limits and the money of an account say against a deal, under its lock; what is counted of one that goes; and the telling of one that a limit stopped.
import { ageMs } from '../../../lib/instants.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { Entry } from '../account-transaction.ts';
import type { Admission, DealKind } from '../deals/kind.ts';
import type { DealRow } from '../deals/life.ts';
import { ruled, unjudged, type Ruling } from '../deals/ruling.ts';
import { toDeal } from '../deals/views.ts';
import {
  boundsOf,
  boundsOrders,
  breachIn,
  refuseExposure,
  refuseLargeSize,
  refuseOrder,
  type Bound,
} from './bounds.ts';
import { lossOf } from './day.ts';
import { figuresOf, type Days } from './days.ts';
import { heldBy, type Held, type Worths } from './exposure.ts';
import { refuseUnavailable } from './availability.ts';
import { availableOf, isFresh, refuseFunds } from './funds.ts';
import { refuseLoss, refuseState } from './guard.ts';
import { onDay, withOrder } from './order-counts.ts';

/** The broker's figures may be this old when a deal is admitted; its stream renews them every two seconds while they move. */
export const fundsMaxAgeMs = 60_000;
/** A refusal that rests on the account's figures rests on some no older than this: a position that has just been closed has changed them. */
export const refusalFundsMaxAgeMs = 2_000;
const restOnFigures = new Set<DealReason['code']>([
  'insufficient_funds',
  'daily_loss_limit',
  'daily_loss_unknown',
]);
/** Whether a verdict is to be given by newer figures of the account than those that are known. */
export function wantsFigures(
  { risk, at }: Pick<Entry, 'risk' | 'at'>,
  { raisesRisk }: Pick<Admission, 'raisesRisk'>,
  reason: DealReason | null,
): boolean {
  // One that is away is not asked.
  if (!raisesRisk || reason?.code === 'account_unavailable') return false;
  const maxAgeMs = reason && restOnFigures.has(reason.code) ? refusalFundsMaxAgeMs : fundsMaxAgeMs;
  return !isFresh(risk, at, maxAgeMs);
}
/** A limit that stops one deal after another is told once in this time. */
const toldEveryMs = 60_000;

interface Asked {
  admission: Admission;
  opensPosition: DealKind<never>['opensPosition'];
  /** Take what is known of contract sizes and rates, however old. */
  whateverIsKnown: boolean;
}
/** What must be valued first, outside the lock. */
export interface Unvalued {
  unvalued: Held[];
}
/** A reason against the deal, null: none. */
export type Checked = { reason: DealReason | null } | Unvalued;
export type RiskCheck = ReturnType<typeof createRiskCheck>;

export function createRiskCheck({
  days,
  worths,
}: {
  days: Pick<Days, 'running' | 'endOf'>;
  worths: Pick<Worths, 'areFresh' | 'exposureOf'>;
}) {
  /** What is lost on the running day; null where the broker tells no figures that one can rest on. */
  async function lossToday(entry: Entry): Promise<string | null> {
    const figures = isFresh(entry.risk, entry.at, fundsMaxAgeMs) ? figuresOf(entry.risk) : null;
    const day = figures && (await days.running(entry));
    return day && lossOf(day, figures);
  }
  /** The orders of the running day, against those limits on orders that there are. */
  async function refuseOrders(entry: Entry, bounds: readonly Bound[]): Promise<DealReason | null> {
    if (!bounds.some(boundsOrders)) return null;
    const { risk, at: now } = entry;
    const dayEndsAt = await days.endOf(entry);
    risk.orders = onDay(risk.orders, dayEndsAt, now);
    return first(bounds, (bound) => refuseOrder(risk.orders, bound, { now, dayEndsAt }));
  }
  async function judgeLoss(entry: Entry): Promise<Ruling> {
    const { risk } = entry;
    const reason = risk.maxDailyLoss === null ? null : refuseLoss(await lossToday(entry), risk);
    return reason?.code === 'daily_loss_unknown'
      ? unjudged('max_daily_loss', 'no_figures', reason)
      : ruled('max_daily_loss', reason);
  }
  async function judgeHeld(
    { tx, account, at }: Entry,
    bounds: readonly Bound[],
    { admission: { terms, exposure: added, outlook }, whateverIsKnown }: Asked,
  ): Promise<Ruling | Unvalued> {
    const bounding = bounds.filter(({ maxExposure }) => maxExposure !== null);
    const addsNothing = added !== null && decimal.compare(added, '0') <= 0;
    if (bounding.length === 0 || addsNothing) return ruled('max_exposure', null);
    const held = await heldBy(tx, account.id, at);
    if (!whateverIsKnown && !worths.areFresh(account, held)) return { unvalued: held };
    const exposure = worths.exposureOf(account, held);
    const stands = ({ epic }: Bound) =>
      exposure && (epic === null ? exposure.total : exposure.of(terms.epic));
    const reason = first(bounding, (bound) => refuseExposure(stands(bound), added, bound));
    if (reason?.code !== 'exposure_unknown') return ruled('max_exposure', reason);
    const withoutAdded = outlook.fillLevel == null ? 'no_price' : 'no_rate';
    return unjudged('max_exposure', added === null ? withoutAdded : 'no_exposure', reason);
  }
  /** All that is held against a deal, in its order: the account's state, its own rules, the limits, then the money. */
  async function* judge(entry: Entry, asked: Asked): AsyncGenerator<Ruling | Unvalued> {
    const { admission, opensPosition } = asked;
    const { raisesRisk, terms } = admission;
    const { risk, at, account } = entry;
    yield ruled('dealing_state', refuseState({ environment: account.environment, raisesRisk }, risk));
    if (raisesRisk) yield ruled('availability', refuseUnavailable(risk, at));
    yield* admission.rulings();
    // What makes a position smaller is held against no limit.
    if (!raisesRisk) return;
    const bounds = boundsOf(risk, terms.epic);
    if (opensPosition)
      yield ruled(
        'max_size',
        first(bounds, (bound) => refuseLargeSize(terms.size, bound)),
      );
    yield ruled('max_orders', await refuseOrders(entry, bounds));
    yield await judgeLoss(entry);
    yield await judgeHeld(entry, bounds, asked);
    yield judgeFunds(entry, admission);
  }

  return {
    /** The first reason against a deal; what comes after it is not judged. */
    async refuse(entry: Entry, asked: Asked): Promise<Checked> {
      for await (const ruling of judge(entry, asked)) {
        if ('unvalued' in ruling) return ruling;
        if (ruling.reason) return { reason: ruling.reason };
      }
      return { reason: null };
    },
    /** All that is held against it, in the same order: the first reason among them is that of the deal. */
    async rulings(entry: Entry, asked: Asked): Promise<Ruling[] | Unvalued> {
      const rulings: Ruling[] = [];
      for await (const ruling of judge(entry, asked)) {
        if ('unvalued' in ruling) return ruling;
        rulings.push(ruling);
      }
      return rulings;
    },
    /** One that raises risk is sent: it counts as an order, whatever becomes of it. */
    count({ risk, at }: Entry, epic: string): void {
      const counted = boundsOf(risk, epic).filter(boundsOrders);
      if (counted.length > 0)
        risk.orders = withOrder(
          risk.orders,
          counted.map((bound) => bound.epic),
          at,
        );
    },
    /** Tells of the limit that stopped a deal, unless that was told within the last minute. */
    tell(entry: Entry, deal: DealRow): void {
      const { reason } = toDeal(deal);
      const breach = reason && breachIn(reason);
      if (!breach) return;
      const { risk, at } = entry;
      const key = `${breach.limit} ${breach.epic ?? ''}`;
      const recent = Object.entries(risk.breachedAt).filter(
        ([, told]) => ageMs(new Date(told), at) < toldEveryMs,
      );
      if (recent.some(([each]) => each === key)) return;
      risk.breachedAt = { ...Object.fromEntries(recent), [key]: at.toISOString() };
      const data = { ...breach, reason, deal: deal.id, market: deal.name };
      entry.tell('risk.breached', data);
      entry.notice({ kind: 'risk.breached', data });
    },
  };
}

/** Whether the money is there, as far as is known: the broker has its own check. */
function judgeFunds({ risk, at }: Entry, { required, requiredUnknown }: Admission): Ruling {
  const reason = refuseFunds(required, risk);
  if (required === null) return requiredUnknown ? unjudged('funds', requiredUnknown) : ruled('funds', null);
  const isKnown = availableOf(risk) !== null && isFresh(risk, at, fundsMaxAgeMs);
  return isKnown ? ruled('funds', reason) : unjudged('funds', 'no_figures', reason);
}
/** What the first bound that is not kept says. */
function first(bounds: readonly Bound[], refuse: (bound: Bound) => DealReason | null): DealReason | null {
  for (const bound of bounds) {
    const reason = refuse(bound);
    if (reason) return reason;
  }
  return null;
}
