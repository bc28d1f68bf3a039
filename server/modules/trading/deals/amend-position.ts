// Changing the stop and limit of an open position. The broker answers with the reference of its opening, so evidence is told apart by levels and time.
import { isDecided } from '../../../../shared/deal-words.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { AmendPosition } from '../../../../shared/deal-requests.ts';
import { type DealReason, type Direction } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { BrokerAccount, MarketPrice, Trailing } from '../ports.ts';
import { openOrThrow } from '../positions/open-or-throw.ts';
import { isSameLevels, trailFrom, trailingOf, type Levels, type Positions } from '../positions/positions.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { DealEvidence, DealKind, DealTerms, JudgedDeal } from './kind.ts';
import type { DealRow } from './life.ts';
import type { PriceIfThere } from './price-if-there.ts';
import { ruled, unjudged, type Rulings } from './ruling.ts';
import { closingLevel, judgeAmending, placesOf, unmeasured, usable, withoutLevel, worseBy } from './rules.ts';
import { isDatedFor, isSince } from './dated.ts';
import type { DealStore } from './store.ts';

const name = 'amend';
const hashOf = requestHash(AmendPosition, name);

export interface AmendPositionDeps {
  dealStore: Pick<DealStore, 'lockChanging' | 'lastVerdict'>;
  positionStore: Pick<PositionStore, 'findOf' | 'lock'>;
  positions: Positions;
  priceIfThere: PriceIfThere;
}

export function createAmendPosition(deps: AmendPositionDeps): DealKind<AmendPosition> {
  const { dealStore, positionStore, positions, priceIfThere } = deps;
  return {
    name,
    opensPosition: false,
    changesPosition: true,
    reducesPosition: 'none',
    referenceOf: 'positions',
    evidence: amendingEvidence,
    hashOf,

    /** Throws trading.position_not_found. */
    prepare(userId, { dealId, ...asked }) {
      const found = positionStore.findOf(userId, dealId);
      found.catch(() => undefined); // told to whoever goes on
      return async (account: BrokerAccount) => {
        const known = openOrThrow((await found).find(({ accountId }) => accountId === account.id));
        const price = await priceIfThere(account, known.epic);
        return async (tx) => {
          const [locked, changes, evidenceAfter] = await Promise.all([
            positionStore.lock(tx, account.id, dealId),
            dealStore.lockChanging(tx, account.id, dealId, [name, 'close']),
            dealStore.lastVerdict(tx, account.id, dealId, [name]),
          ]);
          const position = openOrThrow(locked);
          const wanted = amended(position, asked, price);
          const inFlight = changes.some(({ status }) => !isDecided(status));
          return {
            terms: { ...termsOf(position, wanted), evidenceAfter },
            raisesRisk: losesMore(position, wanted),
            required: null,
            exposure: '0',
            *rulings() {
              yield ruled('in_flight', inFlight ? { code: 'change_in_flight', dealId } : null);
              yield ruled('stop_present', refuseStopless(wanted, asked, dealId));
              yield* judgeChange(position, wanted, price);
            },
            outlook: {
              price,
              openLevel: position.level,
              stopsFrom: price && usable(closingLevel(position.direction, price), price),
            },
          };
        };
      };
    },

    send: (dealing, account, { id, dealId, ...deal }, options) => {
      if (dealId === null) throw new Error(`invariant: the change ${id} names no position`);
      const levels = pick(deal, ['stopLevel', 'limitLevel', 'guaranteedStop']);
      const request = {
        kind: name,
        dealId,
        ...levels,
        trailingStop: trailingOf(deal),
      } as const;
      return dealing.send(account, request, options);
    },

    /** The position as the confirm tells it; one that other evidence proved is told by the broker's list. */
    async apply(entry, { dealId, brokerAt, ...deal }: DealRow) {
      const position = dealId === null ? undefined : await positions.lock(entry, dealId);
      if (position && brokerAt) positions.amend(entry, position, { ...pick(deal, levelNames), at: brokerAt });
    },
  };
}

export const amendingEvidence: DealEvidence = {
  isToldBy(deal, confirm) {
    const { dealReference, dealId, action, status, at } = confirm;
    if (deal.dealReference !== null && deal.dealReference !== dealReference) return false;
    if (!isDatedFor(deal, at)) return false;
    // No other deal is refused under the reference of a position that is open.
    if (status === 'rejected') return deal.dealReference !== null;
    return action === 'amended' && dealId === deal.dealId && isAsAsked(deal, confirm);
  },

  confirmed: ({ dealId }, { dealReference, affected, at }) =>
    dealId === null ? null : { status: 'accepted', dealId, dealReference, affected, brokerAt: at },

  completed: () => null,

  foundAs: () => null,

  // What was taken for lost proves nothing by levels that another change may have brought; a confirm of its own would.
  proves(deal, { positions, activity }) {
    if (deal.dealId === null || isDecided(deal.status)) return null;
    const position = positions.find(({ dealId }) => dealId === deal.dealId);
    if (position && isAsAsked(deal, position)) return { status: 'accepted', dealId: deal.dealId };
    const mine = activity.filter((entry) => isSince(entry, deal) && isDatedFor(deal, entry.at));
    if (mine.some((entry) => amends(entry, deal) && isAsAsked(deal, entry)))
      return { status: 'accepted', dealId: deal.dealId };
    const refused = mine.some(
      ({ status, dealReference }) =>
        status === 'rejected' && dealReference !== null && dealReference === deal.dealReference,
    );
    return refused ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } } : null;
  },

  // Neither the position nor its history shows what was asked for.
  isAbsent: () => true,
};

const amends = (
  { status, actions }: { status: string; actions: readonly { action: string; dealId: string }[] },
  deal: JudgedDeal,
) =>
  status === 'accepted' &&
  actions.some(({ action, dealId }) => action === 'amended' && dealId === deal.dealId);

const levelNames = [
  'stopLevel',
  'limitLevel',
  'guaranteedStop',
  'trailingDistance',
  'trailingIncrement',
] as const satisfies readonly (keyof Levels)[];
const isSameLevel = (one: string | null, two: string | null) =>
  one === null || two === null ? one === two : decimal.compare(one, two) === 0;
/** What a confirm, a list or the history tells of a position's stop and limit. */
interface Told extends Pick<PositionRow, 'stopLevel' | 'limitLevel'> {
  guaranteedStop?: boolean | undefined;
  trails?: boolean | undefined;
  trailingStop?: Trailing | null | undefined;
}
/** Whether what is told is what the deal asked for, as far as it is told. A stop that trails has moved on: its level tells nothing. */
function isAsAsked(deal: Levels, told: Told): boolean {
  const trails = told.trails ?? (told.trailingStop === undefined ? undefined : told.trailingStop !== null);
  const trail = trailingOf(deal);
  const stop =
    trail === null
      ? trails !== true && isSameLevel(deal.stopLevel, told.stopLevel)
      : trails === true && isSameTrail(trail, told.trailingStop ?? trail);
  const guaranteed = told.guaranteedStop ?? deal.guaranteedStop;
  return stop && isSameLevel(deal.limitLevel, told.limitLevel) && guaranteed === deal.guaranteedStop;
}
const isSameTrail = (one: Trailing | null, two: Trailing | null) =>
  isSameLevel(one?.distancePoints ?? null, two?.distancePoints ?? null) &&
  isSameLevel(one?.incrementPoints ?? null, two?.incrementPoints ?? null);

type Asked = Pick<AmendPosition, 'stopLevel' | 'limitLevel' | 'guaranteedStop' | 'trailingStop'>;
/**
 * What a position is to have. A new trailing stop starts its distance behind the price that closes the position; its level is null
 * where there is no such price.
 */
function amended(position: PositionRow, asked: Asked, price: MarketPrice | null): Levels {
  const limitLevel = asked.limitLevel === undefined ? position.limitLevel : asked.limitLevel;
  const known = trailingOf(position);
  if (asked.trailingStop && !isSameTrail(asked.trailingStop, known))
    return {
      stopLevel: behindPrice(position.direction, asked.trailingStop.distancePoints, price),
      limitLevel,
      guaranteedStop: false,
      ...trailFrom(asked.trailingStop),
    };
  const stopLevel = asked.stopLevel === undefined ? position.stopLevel : asked.stopLevel;
  const stays = asked.stopLevel === undefined && asked.trailingStop !== null && !asked.guaranteedStop;
  return {
    stopLevel,
    limitLevel,
    guaranteedStop: stopLevel !== null && (asked.guaranteedStop ?? position.guaranteedStop),
    ...trailFrom(stays ? known : null),
  };
}
function behindPrice(direction: Direction, points: string, price: MarketPrice | null): string | null {
  const level = price && closingLevel(direction, price);
  if (!price || level === null || price.tick.stale) return null;
  // Away from the price, so that it is no nearer than asked for.
  return decimal.round(
    worseBy(direction === 'BUY' ? 'SELL' : 'BUY', level, points, price),
    placesOf(price),
    direction === 'BUY' ? 'down' : 'up',
  );
}
/** There is no stop of which more is asked: there was none, or no price from which it could trail. */
function refuseStopless({ stopLevel }: Levels, asked: Asked, dealId: string): DealReason | null {
  if (stopLevel !== null) return null;
  if (asked.trailingStop) return { code: 'price_stale', at: null };
  return asked.guaranteedStop ? { code: 'stop_missing', dealId } : null;
}

/** Whether more may be lost than before: a stop that goes, lies further away, or is guaranteed no more. */
function losesMore(
  { direction, stopLevel: before, guaranteedStop }: PositionRow,
  { stopLevel: after, ...wanted }: Levels,
): boolean {
  if (before === null) return false;
  if (after === null || (guaranteedStop && !wanted.guaranteedStop)) return true;
  return direction === 'BUY' ? decimal.compare(after, before) < 0 : decimal.compare(after, before) > 0;
}

function* judgeChange(position: PositionRow, wanted: Levels, price: MarketPrice | null): Rulings {
  const { dealId } = position;
  yield ruled('change', isSameLevels(position, wanted) ? { code: 'unchanged', dealId } : null);
  if (!price) {
    yield unjudged('market_state', withoutLevel(price));
    yield* unmeasured(withoutLevel(price));
    return;
  }
  const { direction } = position;
  const { guaranteedStop } = wanted;
  // A level that stays need not keep its distance from a market that has come nearer.
  const stays =
    isSameLevel(position.stopLevel, wanted.stopLevel) && position.guaranteedStop === guaranteedStop;
  const moved = {
    stopLevel: stays ? null : wanted.stopLevel,
    limitLevel: isSameLevel(position.limitLevel, wanted.limitLevel) ? null : wanted.limitLevel,
    guaranteedStop: !stays && guaranteedStop,
  };
  const trail = trailingOf(wanted);
  const isNew = trail !== null && !isSameTrail(trail, trailingOf(position));
  if (isNew) yield* judgeAmending(direction, trailOnly(trail), price);
  yield* judgeAmending(direction, moved, price);
}
const trailOnly = ({ distancePoints, incrementPoints }: Trailing) => ({
  stopLevel: null,
  limitLevel: null,
  stopDistancePoints: distancePoints,
  trailingIncrementPoints: incrementPoints,
});

const termsOf = (position: PositionRow, wanted: Levels): DealTerms => ({
  dealId: position.dealId,
  dealReference: position.dealReference,
  epic: position.epic,
  expiry: position.expiry,
  name: position.name,
  currency: position.currency,
  direction: position.direction,
  size: position.size,
  positionSize: position.size,
  positionVersion: position.version,
  ...pick(wanted, levelNames),
});
