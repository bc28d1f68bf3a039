// The broker that trading's tests deal with, in this process: one account, one market, failures on request, and books that a test may write.
// It answers as the simulator does: dealing.contract.ts holds both to the same promises.
import { decimal } from '../../shared/decimal.ts';
import type { DealEffect } from '../../shared/trading.ts';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type {
  ActivityAction,
  ActivityEvidence,
  AmendOrderRequest,
  AmendRequest,
  CancelOrderRequest,
  CloseRequest,
  ConfirmEvidence,
  DealAnswer,
  Dealing,
  DealingRequest,
  Evidence,
  NetRequest,
  OpenRequest,
  OrderEvidence,
  PlaceOrderRequest,
  PositionEvidence,
  TransactionRecord,
  SendOptions,
} from '../modules/trading/ports.ts';
import { eurusd } from './build.ts';
import { attached, contractSize, levels, marginOf, other, profitOf } from './venue-figures.ts';

/** How the venue treats the next request; `reject`: its market is closed. */
export type Treatment = 'fill' | 'reject' | 'refuse' | 'fill, then silence' | 'silence' | 'not sent';
type Request = DealingRequest;

const openingCash = '10000';
const confirmKeptMs = 60_000;

const opens = (request: Request): request is OpenRequest | NetRequest =>
  request.kind === 'open' || request.kind === 'net';
/** Of an opening without stop and limit. */
const plain = {
  stopLevel: null,
  stopDistancePoints: null,
  limitLevel: null,
  limitDistancePoints: null,
  guaranteedStop: false,
  trailingIncrementPoints: null,
};
/** Whether the market is worse than the worst level of a request that is to be filled now. */
const isOutOfReach = ({ direction, worstLevel }: OpenRequest | NetRequest | CloseRequest) =>
  worstLevel != null && decimal.compare(worstLevel, levels[direction]) * (direction === 'BUY' ? 1 : -1) < 0;
const isSameOrder = (one: Subject, two: Subject) =>
  one.direction === two.direction && decimal.compare(one.size, two.size) === 0;
type Subject = Pick<OpenRequest, 'direction' | 'size'>;
/** What an accepted request did, to which position. */
type Done = Partial<ConfirmEvidence> & { action: NonNullable<ConfirmEvidence['action']>; dealId: string };
const isOfOrder = ({ kind }: Request) => kind.endsWith('_order');
/** What the history calls what was done. */
function inHistory(request: Request, action: Done['action']): ActivityAction {
  if (!isOfOrder(request)) return action === 'deleted' ? 'other' : action;
  return action === 'opened' ? 'order_placed' : action === 'amended' ? 'order_amended' : 'order_deleted';
}
const pointsOf = (order: object | null) => {
  const { stopDistancePoints = null, limitDistancePoints = null } = (order ?? {}) as Partial<OrderEvidence>;
  return { stopDistancePoints, limitDistancePoints };
};
const toSecond = (at: Date) => new Date(Math.floor(at.getTime() / 1000) * 1000);

/** A venue that fills at 1.17006/1.17000 and tells nobody unless asked. */
export function createVenue(clock: Clock) {
  let deals = 0;
  let ids = 0;
  let cash = openingCash;
  const references = new Map<string, Subject>();
  /** Under which orders were placed: no list tells it. */
  const orderReferences = new Map<string, string>();
  const nextDealId = () => `DIAAAA${String(++ids).padStart(9, '0')}`;

  function funds() {
    const held = [...venue.positions.values()];
    const sum = (each: (position: PositionEvidence) => string) =>
      held.reduce((total, position) => decimal.add(total, each(position)), '0');
    return {
      cash,
      margin: sum(({ size, direction }) => marginOf(size, levels[other(direction)])),
      runningProfit: sum((position) => profitOf(position, position.size)),
    };
  }
  function refusalOf(request: Request): string | null {
    const closed = venue.treat === 'reject' ? 'MARKET_CLOSED' : null;
    if (opens(request)) {
      const known = venue.checksReferences ? references.get(request.dealReference) : undefined;
      if (known) return isSameOrder(known, request) ? 'DUPLICATE_ORDER_ERROR' : 'CONFLICTING_ORDER';
      const { margin, runningProfit } = funds();
      const available = decimal.subtract(decimal.add(cash, runningProfit), margin);
      const needed = marginOf(request.size, levels[request.direction]);
      if (isOutOfReach(request)) return 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET';
      // What only closes takes no margin.
      const isFree = request.kind === 'net' && !venue.hedges && facing(request).length > 0;
      return closed ?? (!isFree && decimal.compare(needed, available) > 0 ? 'INSUFFICIENT_FUNDS' : null);
    }
    if (request.kind === 'place_order') return closed;
    if (request.kind === 'amend_order' || request.kind === 'cancel_order')
      return venue.orders.has(request.dealId) ? closed : 'ORDER_NOT_FOUND';
    const position = venue.positions.get(request.dealId);
    if (request.kind === 'amend') return position ? closed : 'POSITION_NOT_FOUND';
    if (!position) return 'POSITION_NOT_AVAILABLE_TO_CLOSE';
    if (position.direction === request.direction) return 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION';
    if (isOutOfReach(request)) return 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET';
    return decimal.compare(request.size, position.size) > 0 ? 'POSITION_NOT_AVAILABLE_TO_CLOSE' : closed;
  }
  function open(request: Omit<OpenRequest, 'kind'>, dealReference: string, dealId: string): Done {
    const { direction, size, currency, expiry } = request;
    const level = levels[direction];
    const [stopLevel, limitLevel] = [
      attached(request.stopLevel, request.stopDistancePoints, level, direction === 'SELL'),
      attached(request.limitLevel, request.limitDistancePoints, level, direction === 'BUY'),
    ];
    const { stopDistancePoints: distancePoints, trailingIncrementPoints: incrementPoints } = request;
    const type = {
      guaranteedStop: request.guaranteedStop,
      trailingStop: distancePoints && incrementPoints ? { distancePoints, incrementPoints } : null,
    };
    venue.positions.set(dealId, {
      dealId,
      dealReference,
      epic: eurusd,
      expiry,
      name: 'EUR/USD',
      direction,
      size,
      level,
      currency,
      contractSize,
      stopLevel,
      limitLevel,
      ...type,
      openedAt: toSecond(clock.now()),
    });
    const { guaranteedStop, trailingStop } = type;
    return {
      action: 'opened',
      dealId,
      stopLevel,
      limitLevel,
      guaranteedStop,
      trails: trailingStop !== null,
    };
  }
  const facing = ({ epic, direction }: NetRequest) =>
    [...venue.positions.values()].filter(
      (position) => position.epic === epic && position.direction !== direction,
    );
  /** What is open the other way goes first in, first out; what is left of the size opens. */
  function net(request: NetRequest, dealReference: string, ownId: string): Done {
    const affected: DealEffect[] = [];
    let [left, profit] = [request.size, '0'];
    for (const { dealId, size } of venue.hedges ? [] : facing(request)) {
      if (left === '0') break;
      const part = decimal.compare(size, left) < 0 ? size : left;
      left = decimal.subtract(left, part);
      const done = close({ kind: 'close', dealId, direction: request.direction, size: part });
      profit = decimal.add(profit, done.profit ?? '0');
      affected.push({ dealId, action: done.action });
    }
    if (left !== '0') {
      const opened = open({ ...plain, ...request, size: left }, dealReference, ownId);
      return { ...opened, affected: [...affected, { dealId: ownId, action: 'opened' }] };
    }
    const action = affected.some((effect) => effect.action === 'partially_closed')
      ? 'partially_closed'
      : 'closed';
    return { action, dealId: affected[0]!.dealId, affected, profit, profitCurrency: 'GBP' };
  }
  function close({ dealId, size }: CloseRequest): Done {
    const position = venue.positions.get(dealId)!;
    const left = decimal.subtract(position.size, size);
    const profit = profitOf(position, size);
    cash = decimal.add(cash, profit);
    if (left === '0') venue.positions.delete(dealId);
    else venue.positions.set(dealId, { ...position, size: left });
    return { action: left === '0' ? 'closed' : 'partially_closed', dealId, profit, profitCurrency: 'GBP' };
  }

  function amend({ dealId, kind: _kind, ...asked }: AmendRequest): Done {
    venue.positions.set(dealId, { ...venue.positions.get(dealId)!, ...asked });
    const { stopLevel, limitLevel, guaranteedStop, trailingStop } = asked;
    return {
      action: 'amended',
      dealId,
      stopLevel,
      limitLevel,
      guaranteedStop,
      trails: trailingStop !== null,
    };
  }
  function place(request: PlaceOrderRequest, dealId: string): Done {
    const { kind: _kind, dealReference: _reference, stopLevel: _level, ...order } = request;
    venue.orders.set(dealId, { ...order, dealId, name: 'EUR/USD', placedAt: toSecond(clock.now()) });
    orderReferences.set(dealId, request.dealReference);
    return { action: 'opened', dealId };
  }
  function amendOrder({ kind: _kind, stopLevel: _level, ...terms }: AmendOrderRequest): Done {
    venue.orders.set(terms.dealId, { ...venue.orders.get(terms.dealId)!, ...terms });
    return { action: 'amended', dealId: terms.dealId };
  }
  function cancel({ dealId }: CancelOrderRequest): Done {
    venue.orders.delete(dealId);
    return { action: 'deleted', dealId };
  }
  /** Ours, or that of what is changed; null where the venue makes one up. */
  function echoedFor(request: Request): string | null {
    if (opens(request) || request.kind === 'place_order') return request.dealReference;
    if (request.kind === 'close') return null;
    if (request.kind === 'amend') return venue.positions.get(request.dealId)?.dealReference ?? null;
    return venue.orders.has(request.dealId) ? (orderReferences.get(request.dealId) ?? null) : null;
  }
  /** By what is asked for, as the broker's rules allow it. */
  function doIt(request: Request, dealReference: string, ownId: string): Done {
    switch (request.kind) {
      case 'open':
        return open(request, dealReference, ownId);
      case 'net':
        return net(request, dealReference, ownId);
      case 'close':
        return close(request);
      case 'amend':
        return amend(request);
      case 'place_order':
        return place(request, ownId);
      case 'amend_order':
        return amendOrder(request);
      case 'cancel_order':
        return cancel(request);
    }
  }
  /** What a request is about, before it is done; null for what is not there. */
  function subjectOf(request: Request) {
    if (opens(request) || request.kind === 'place_order') return request;
    return venue.positions.get(request.dealId) ?? venue.orders.get(request.dealId) ?? null;
  }

  const venue = {
    treat: 'fill' as Treatment,
    /** As a hedging account: what is to net opens a position all the same. */
    hedges: false,
    /** When set, every read fails. */
    down: false,
    /** Without it the same reference opens a second position: the broker's memory is not what keeps us from dealing twice. */
    checksReferences: true,
    /** Runs while a request is there, before its answer. */
    during: async () => {},
    requests: [] as Request[],
    confirms: new Map<string, ConfirmEvidence>(),
    positions: new Map<string, PositionEvidence>(),
    orders: new Map<string, OrderEvidence>(),
    activity: [] as ActivityEvidence[],
    transactions: [] as TransactionRecord[],
    /** How many deals it has done. */
    get deals() {
      return deals;
    },
    /** As it was at first, for another account. */
    reset() {
      deals = 0;
      cash = openingCash;
      venue.requests.length = venue.activity.length = venue.transactions.length = 0;
      venue.confirms.clear();
      venue.positions.clear();
      venue.orders.clear();
      references.clear();
    },
    /** Decides a request by the venue's rules and writes it down, whoever sent it. */
    book(request: Request, dealReference: string): ConfirmEvidence {
      const brokerCode = refusalOf(request);
      const subject = subjectOf(request);
      const ownId = nextDealId();
      const done = brokerCode === null ? doIt(request, dealReference, ownId) : null;
      if (done) deals++;
      const affected = done?.affected ?? (done ? [{ dealId: done.dealId, action: done.action }] : []);
      if (opens(request)) references.set(dealReference, request);
      const closing = request.kind === 'close' ? request : null;
      const direction = closing?.direction ?? subject?.direction ?? 'BUY';
      const size = closing?.size ?? subject?.size ?? '0';
      const ofOrder = done && isOfOrder(request) ? (venue.orders.get(done.dealId) ?? subject) : null;
      const filled = opens(request) || request.kind === 'close';
      const common = {
        dealReference,
        direction,
        status: done ? ('accepted' as const) : ('rejected' as const),
        level: done && (filled ? levels[direction] : ((ofOrder ?? subject) as { level: string }).level),
        stopLevel: done?.stopLevel ?? null,
        limitLevel: done?.limitLevel ?? null,
        stopDistancePoints: pointsOf(ofOrder).stopDistancePoints,
        limitDistancePoints: pointsOf(ofOrder).limitDistancePoints,
      };
      venue.activity.push({
        ...common,
        dealId: ownId,
        epic: subject ? eurusd : '',
        actions: affected.map(({ action, dealId }) => ({ action: inHistory(request, action), dealId })),
        size,
        guaranteedStop: done?.guaranteedStop,
        trailingStop: done && (venue.positions.get(done.dealId)?.trailingStop ?? null),
        throughApi: true,
        at: toSecond(clock.now()),
      });
      const confirm: ConfirmEvidence = {
        ...common,
        dealId: ownId,
        epic: subject ? eurusd : null,
        brokerCode,
        action: null,
        size: done && size,
        profit: null,
        profitCurrency: null,
        at: clock.now(),
        ...done,
        affected,
      };
      venue.confirms.set(dealReference, confirm);
      return confirm;
    },
    /** What the stream would tell of a position now. */
    positionEvent(
      accountId: string,
      dealId: string,
      eventId = `p-${dealId}-${venue.positions.get(dealId)?.size ?? 0}`,
    ) {
      const {
        name: _name,
        contractSize: _size,
        openedAt: _at,
        trailingStop: _trail, // IG's stream does not tell it
        ...rest
      } = venue.positions.get(dealId) ?? { ...closedPosition, dealId };
      return {
        eventId,
        accountId,
        kind: 'position' as const,
        data: {
          ...rest,
          state: venue.positions.has(dealId) ? ('open' as const) : ('deleted' as const),
          at: clock.now().toISOString(),
        },
      };
    },
    /** What the stream would tell of an order now; `ended` when it is not there. */
    orderEvent(
      accountId: string,
      order: OrderEvidence,
      {
        dealReference = null,
        eventId,
        state = venue.orders.has(order.dealId) ? 'open' : 'deleted',
      }: { dealReference?: string | null; eventId: string; state?: 'open' | 'deleted' },
    ) {
      const { name: _name, placedAt: _at, goodTillAt, ...rest } = order;
      return {
        eventId,
        accountId,
        kind: 'order' as const,
        data: {
          ...rest,
          dealReference,
          goodTillAt: goodTillAt && goodTillAt.toISOString(),
          state,
          at: clock.now().toISOString(),
        },
      };
    },
    confirmEvent: (
      accountId: string,
      confirm: ConfirmEvidence,
      eventId = `c-${confirm.dealReference}-${confirm.action}-${confirm.at.getTime()}`,
    ) => ({
      eventId,
      accountId,
      kind: 'confirm' as const,
      data: { ...confirm, at: confirm.at.toISOString() },
    }),
  };
  const closedPosition: PositionEvidence = {
    dealId: '',
    dealReference: null,
    epic: eurusd,
    expiry: '-',
    name: null,
    direction: 'BUY',
    size: '0',
    level: '1.16',
    currency: 'USD',
    contractSize: null,
    stopLevel: null,
    limitLevel: null,
    openedAt: clock.now(),
  };

  async function take(
    request: Request,
    { mayStillSend = async () => true }: SendOptions = {},
  ): Promise<DealAnswer> {
    const unreachable = (detail: string) => ({
      kind: 'not_sent' as const,
      reason: 'unreachable' as const,
      detail,
    });
    if (venue.treat === 'not sent') return unreachable('no connection');
    try {
      if (!(await mayStillSend())) return { kind: 'not_sent', reason: 'halted', detail: 'not any more' };
    } catch (error) {
      return unreachable(String(error));
    }
    venue.requests.push(request);
    if (opens(request) && request.epic !== eurusd)
      return { kind: 'refused', brokerCode: 'error.trading.otc.instrument-not-found' };
    const dealReference = echoedFor(request) ?? `IG${String(++ids).padStart(13, '0')}`;
    const arrives = venue.treat.startsWith('fill') || venue.treat === 'reject';
    if (arrives) venue.book(request, dealReference);
    await venue.during();
    if (venue.treat === 'refuse') return { kind: 'refused', brokerCode: 'error.request.invalid' };
    return venue.treat.endsWith('silence')
      ? { kind: 'unknown', detail: 'a time-out', closedAt: clock.now() }
      : { kind: 'submitted', dealReference };
  }
  const read = async <T>(value: () => T): Promise<T> => {
    if (venue.down) throw new AppError('broker.unavailable');
    return value();
  };
  const dealing: Dealing = {
    send: (_account, request, options) => take(request, options),
  };
  const ageMs = ({ at }: ConfirmEvidence) => clock.now().getTime() - at.getTime();
  const evidence: Evidence = {
    confirm: (_account, reference) =>
      read(() => {
        const confirm = venue.confirms.get(reference);
        return confirm && ageMs(confirm) < confirmKeptMs ? confirm : null;
      }),
    positions: () => read(() => [...venue.positions.values()]),
    orders: () => read(() => [...venue.orders.values()]),
    activity: (_account, since) => read(() => venue.activity.filter(({ at }) => at >= toSecond(since))),
    funds: () => read(() => ({ ...funds(), at: clock.now() })),
    history: (_account, since) =>
      read(() =>
        venue.activity
          .filter(({ at }) => at >= toSecond(since))
          .map(({ actions, stopDistancePoints: _stop, limitDistancePoints: _limit, ...entry }) => ({
            ...entry,
            id: `act_${entry.dealId}`,
            changes: actions,
            name: 'EUR/USD',
            channel: entry.throughApi ? 'PUBLIC_WEB_API' : 'WEB',
            description: null,
            currency: 'USD',
          })),
      ),
    transactions: (_account, since) => read(() => venue.transactions.filter(({ at }) => at >= since)),
  };
  return Object.assign(venue, { dealing, evidence });
}
