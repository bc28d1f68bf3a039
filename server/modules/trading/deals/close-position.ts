// Closing a position or a part of it at market: neither a halt nor a missing price keeps anybody in. IG takes no reference of ours for it.
import { isDecided } from '../../../../shared/deal-words.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { ClosePosition, type DealReason } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Logger } from '../../../lib/logger.ts';
import { pick } from '../../../lib/pick.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { ActivityEvidence, BrokerAccount, MarketPrice, PriceFeed } from '../ports.ts';
import type { Positions } from '../positions/positions.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { DealEvidence, DealKind, DealTerms, JudgedDeal } from './kind.ts';
import { refuseClosing, refusePart } from './rules.ts';
import type { DealStore } from './store.ts';

/** Activity is dated to the second by the broker's clock. */
const clockSlackMs = 3_000;

const name = 'close';
const hashOf = requestHash(ClosePosition, name);

export interface ClosePositionDeps {
  dealStore: Pick<DealStore, 'lockChanging'>;
  positionStore: Pick<PositionStore, 'findOf' | 'lock'>;
  positions: Positions;
  prices: PriceFeed;
  logger: Logger;
}

export function createClosePosition(deps: ClosePositionDeps): DealKind<ClosePosition> {
  const { dealStore, positionStore, positions, prices, logger } = deps;
  /** What is known of the market; a feed that does not tell refuses no close. */
  async function priceFor(account: BrokerAccount, epic: string): Promise<MarketPrice | null> {
    try {
      return await prices.quote(account.feed, epic);
    } catch (err) {
      logger.warn({ err, account: account.id, epic }, 'a position is closed without a look at its market');
      return null;
    }
  }

  return {
    name,
    raisesRisk: false,
    opensPosition: false,
    changesPosition: true,
    reducesPosition: true,
    referenceOf: 'brokers',
    evidence: closingEvidence,
    hashOf,

    /** Throws trading.position_not_found. */
    prepare(userId, { dealId, size: asked }) {
      const found = positionStore.findOf(userId, dealId);
      found.catch(() => undefined); // told to whoever goes on
      return async (account) => {
        const known = openOrThrow((await found).find(({ accountId }) => accountId === account.id));
        const price = await priceFor(account, known.epic);
        return async (tx) => {
          const [locked, closings] = await Promise.all([
            positionStore.lock(tx, account.id, dealId),
            dealStore.lockChanging(tx, account.id, dealId, [name]),
          ]);
          const position = openOrThrow(locked);
          const size = asked ?? position.size;
          const inFlight = closings.some(({ status }) => !isDecided(status));
          const reason: DealReason | null = inFlight
            ? { code: 'close_in_flight', dealId }
            : refuseSize(size, position.size, price);
          return { terms: termsOf(position, size), required: null, reason };
        };
      };
    },

    send(dealing, account, { id, dealId, direction, size }, options) {
      if (dealId === null) throw new Error(`invariant: the close ${id} names no position`);
      return dealing.closePosition(account, { dealId, direction, size }, options);
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

/** A close is known by the broker's reference once we have that, else by position, size, direction and time. */
export const closingEvidence: DealEvidence = {
  isToldBy(deal, { dealReference, action, dealId, direction, size }) {
    if (deal.dealReference !== null) return deal.dealReference === dealReference;
    const isClosing = action === 'closed' || action === 'partially_closed';
    const same = dealId === deal.dealId && direction === deal.direction;
    return isClosing && same && size !== null && decimal.compare(deal.size, size) === 0;
  },

  confirmed({ dealId }, { dealReference, level, profit, profitCurrency }) {
    return dealId === null
      ? null
      : { status: 'accepted', dealId, dealReference, level, profit, profitCurrency };
  },

  // One that the history proved lacks its result.
  completed({ profit, level }, confirm) {
    if (profit !== null || confirm.profit === null) return null;
    return { level: level ?? confirm.level, ...pick(confirm, ['profit', 'profitCurrency']) };
  },

  foundAs: () => null,

  proves(deal, { activity, othersReferences }) {
    const entry = activity.find(isMyClose(deal, othersReferences));
    if (entry && deal.dealId)
      return {
        status: 'accepted',
        dealId: deal.dealId,
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

  // The position is as large as it was, less what others are shown to have closed.
  isAbsent(deal, { positions, activity }) {
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
const isSince = ({ at }: ActivityEvidence, { createdAt }: Pick<JudgedDeal, 'createdAt'>) =>
  at.getTime() >= createdAt.getTime() - clockSlackMs;

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

function openOrThrow(position: PositionRow | undefined): PositionRow {
  if (!position || position.closedAt) throw new AppError('trading.position_not_found');
  return position;
}

function refuseSize(size: string, position: string, price: MarketPrice | null): DealReason | null {
  if (decimal.compare(size, position) > 0) return { code: 'size_above_position', size, position };
  const closed = price && !price.tick.stale ? refuseClosing(price.tick.marketState) : null;
  return closed ?? (price && refusePart(size, position, price));
}

const termsOf = (
  { size: positionSize, version, direction, ...position }: PositionRow,
  size: string,
): DealTerms => ({
  ...pick(position, ['dealId', 'epic', 'expiry', 'name', 'currency']),
  direction: direction === 'BUY' ? 'SELL' : 'BUY',
  size,
  positionSize,
  positionVersion: version,
});
