// Closing a position or a part of it at market, or at a level or better: neither a halt nor a missing price keeps anybody in. IG takes no reference of ours for it.
import { isDecided } from '../../../../shared/deal-words.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { ClosePosition } from '../../../../shared/deal-requests.ts';
import { type Direction } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import { readSpacingMs, settleAfterMs } from '../evidence/judge.ts';
import type { ActivityEvidence, MarketPrice } from '../ports.ts';
import { openOrThrow } from '../positions/open-or-throw.ts';
import type { Positions } from '../positions/positions.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import { isSince } from './dated.ts';
import { effectsOf } from './effects.ts';
import type { DealEvidence, DealKind, DealTerms, JudgedDeal } from './kind.ts';
import type { PriceIfThere } from './price-if-there.ts';
import { ruled, unjudged, type Ruling, type Rulings } from './ruling.ts';
import {
  closingLevel,
  refuseClosing,
  refuseFill,
  refusePart,
  usable,
  withoutLevel,
  worseBy,
} from './rules.ts';
import type { DealStore } from './store.ts';

const name = 'close';
const hashOf = requestHash(ClosePosition, name);

export interface ClosePositionDeps {
  dealStore: Pick<DealStore, 'lockChanging'>;
  positionStore: Pick<PositionStore, 'findOf' | 'lock'>;
  positions: Positions;
  priceIfThere: PriceIfThere;
}

export function createClosePosition(deps: ClosePositionDeps): DealKind<ClosePosition> {
  const { dealStore, positionStore, positions, priceIfThere } = deps;
  return {
    name,
    opensPosition: false,
    changesPosition: true,
    reducesPosition: 'its own',
    referenceOf: 'brokers',
    evidence: closingEvidence,
    hashOf,

    /** Throws trading.position_not_found. */
    prepare(userId, { dealId, size: asked, level, tolerancePoints }) {
      const found = positionStore.findOf(userId, dealId);
      found.catch(() => undefined); // told to whoever goes on
      return async (account) => {
        const known = openOrThrow((await found).find(({ accountId }) => accountId === account.id));
        const price = await priceIfThere(account, known.epic);
        return async (tx) => {
          const [locked, closings] = await Promise.all([
            positionStore.lock(tx, account.id, dealId),
            dealStore.lockChanging(tx, account.id, dealId, [name]),
          ]);
          const position = openOrThrow(locked);
          const size = asked ?? position.size;
          const inFlight = closings.some(({ status }) => !isDecided(status));
          const limited = { level, tolerancePoints };
          const worstLevel = worstOf(position, limited, price);
          const terms = { ...termsOf(position, size), worstLevel };
          return {
            terms: { ...terms, tolerance: tolerancePoints ?? null },
            raisesRisk: false,
            required: null,
            exposure: '0',
            *rulings() {
              yield ruled('in_flight', inFlight ? { code: 'close_in_flight', dealId } : null);
              yield* judgeSize(size, position.size, price);
              yield judgeFill(position, { ...limited, worstLevel }, price);
            },
            outlook: { price, fillLevel: price && closingLevel(position.direction, price) },
          };
        };
      };
    },

    send(dealing, account, { id, dealId, direction, size, worstLevel }, options) {
      if (dealId === null) throw new Error(`invariant: the close ${id} names no position`);
      return dealing.send(account, { kind: 'close', dealId, direction, size, worstLevel }, options);
    },

    /** What it leaves, by the size of the position when it was admitted. */
    async apply(entry, { dealId, positionSize, size, level }) {
      const position = dealId === null ? undefined : await positions.lock(entry, dealId);
      if (!position || positionSize === null) return;
      const left = decimal.subtract(positionSize, size);
      const rest = decimal.compare(left, '0') < 0 ? '0' : left;
      await positions.shrink(entry, position, rest, { closeLevel: level, at: entry.at, byOurDeal: true });
    },
  };
}

/** The result, of one that something else than its confirm proved. */
export const completedClose: DealEvidence['completed'] = ({ profit, level }, confirm) =>
  profit !== null || confirm.profit === null
    ? null
    : { level: level ?? confirm.level, ...pick(confirm, ['profit', 'profitCurrency']) };

/**
 * From then on after the connection was closed the history alone says whether it was done. Once more the lag of the broker's lists than
 * it takes; a size that nobody explains would keep a deal undecided for ever where it was wrong here from the beginning.
 */
const historyTellsAfterMs = settleAfterMs + 2 * readSpacingMs;

/** A close is known by the broker's reference once we have that, else by position, size, direction and time. */
export const closingEvidence: DealEvidence = {
  isToldBy(deal, { dealReference, action, dealId, direction, size }) {
    if (deal.dealReference !== null) return deal.dealReference === dealReference;
    const isClosing = action === 'closed' || action === 'partially_closed';
    const same = dealId === deal.dealId && direction === deal.direction;
    return isClosing && same && size !== null && decimal.compare(deal.size, size) === 0;
  },

  confirmed({ dealId }, { dealReference, affected, level, profit, profitCurrency, at }) {
    return dealId === null
      ? null
      : { status: 'accepted', dealId, dealReference, affected, level, profit, profitCurrency, brokerAt: at };
  },

  completed: completedClose,

  foundAs: () => null,

  proves(deal, { activity, othersReferences }) {
    const entry = activity.find(isMyClose(deal, othersReferences));
    if (entry && deal.dealId)
      return {
        status: 'accepted',
        dealId: deal.dealId,
        affected: effectsOf(entry.actions),
        level: entry.level,
        ...(entry.dealReference && { dealReference: entry.dealReference }),
      };
    const refused =
      deal.dealReference !== null &&
      activity.some(
        ({ status, dealReference }) => status === 'rejected' && dealReference === deal.dealReference,
      );
    return refused ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } } : null;
  },

  // The position is as large as it was, less what others are shown to have closed; or it was smaller before, and we did not know.
  isAbsent(deal, { positions, activity, begunAt }) {
    const closedAt = deal.connectionClosedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    if (begunAt.getTime() >= closedAt + historyTellsAfterMs) return true;
    const left = positions.find(({ dealId }) => dealId === deal.dealId)?.size ?? '0';
    const byOthers = activity
      .filter((entry) => closes(entry, deal.dealId) && isSince(entry, deal))
      .reduce((sum, { size }) => decimal.add(sum, size ?? '0'), '0');
    return decimal.compare(decimal.add(left, byOthers), deal.positionSize ?? '0') >= 0;
  },
};

/** The positions an entry of the history closed, or a part of which it closed. */
export const closedBy = ({ status, actions }: ActivityEvidence): string[] =>
  status !== 'accepted'
    ? []
    : actions
        .filter(({ action }) => action === 'closed' || action === 'partially_closed')
        .map(({ dealId }) => dealId);
const closes = (entry: ActivityEvidence, dealId: string | null): boolean =>
  dealId !== null && closedBy(entry).includes(dealId);

const isMyClose =
  (deal: JudgedDeal, othersReferences: ReadonlySet<string>) =>
  (entry: ActivityEvidence): boolean => {
    if (!closes(entry, deal.dealId)) return false;
    if (deal.dealReference !== null && entry.dealReference !== null)
      return entry.dealReference === deal.dealReference;
    return (
      entry.throughApi &&
      !(entry.dealReference && othersReferences.has(entry.dealReference)) &&
      entry.size !== null &&
      decimal.compare(entry.size, deal.size) === 0 &&
      (entry.direction ?? deal.direction) === deal.direction &&
      isSince(entry, deal)
    );
  };

function* judgeSize(size: string, position: string, price: MarketPrice | null): Rulings {
  const isAbove = decimal.compare(size, position) > 0;
  yield ruled('position_size', isAbove ? { code: 'size_above_position', size, position } : null);
  yield price && !price.tick.stale
    ? ruled('market_state', refuseClosing(price.tick.marketState))
    : unjudged('market_state', withoutLevel(price));
  yield price ? ruled('size', refusePart(size, position, price)) : unjudged('size', 'no_price');
}

type Limited = Pick<ClosePosition, 'level' | 'tolerancePoints'>;
/** The worst level at which it is to be closed; null: at market. */
function worstOf({ direction }: PositionRow, { level, tolerancePoints }: Limited, price: MarketPrice | null) {
  if (level === undefined) return null;
  return price ? worseBy(opposite(direction), level, tolerancePoints ?? '0', price) : level;
}
/** What is known to be out of reach is refused here; of a price that is missing or old only a tolerance needs to be known. */
function judgeFill(
  { direction }: PositionRow,
  { tolerancePoints, worstLevel }: Limited & { worstLevel: string | null },
  price: MarketPrice | null,
): Ruling {
  if (!price)
    return unjudged(
      'fill',
      'no_price',
      tolerancePoints === undefined ? null : { code: 'price_stale', at: null },
    );
  const now = usable(closingLevel(direction, price), price);
  return now === null
    ? unjudged('fill', withoutLevel(price))
    : ruled('fill', refuseFill(opposite(direction), worstLevel, now, price));
}
const opposite = (direction: Direction): Direction => (direction === 'BUY' ? 'SELL' : 'BUY');

const termsOf = (
  { size: positionSize, version, direction, ...position }: PositionRow,
  size: string,
): DealTerms => ({
  ...pick(position, ['dealId', 'epic', 'expiry', 'name', 'currency']),
  direction: opposite(direction),
  size,
  positionSize,
  positionVersion: version,
});
