// The broker that trading's tests deal with, in this process: one account, one market, failures on request, and books that a test may write.
// It answers as the simulator does: dealing.contract.ts holds both to the same promises.
import { decimal } from '../../shared/decimal.ts';
import type { Direction } from '../../shared/trading.ts';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type {
  ActivityEvidence,
  CloseRequest,
  ConfirmEvidence,
  DealAnswer,
  Dealing,
  Evidence,
  OpenRequest,
  PositionEvidence,
  SendOptions,
} from '../modules/trading/ports.ts';
import { eurusd } from './build.ts';

/** How the venue treats the next request; `reject`: its market is closed. */
export type Treatment = 'fill' | 'reject' | 'refuse' | 'fill, then silence' | 'silence' | 'not sent';
type Request = OpenRequest | CloseRequest;

const levels: Record<Direction, string> = { BUY: '1.17006', SELL: '1.17000' };
const pointsPerUnit = '10000';
const contractSize = '100000';
const marginPct = '3.33';
/** Dollars for a pound. */
const rate = '1.25';
const openingCash = '10000';
const confirmKeptMs = 60_000;

const opens = (request: Request): request is OpenRequest => 'epic' in request;
const other = (direction: Direction): Direction => (direction === 'BUY' ? 'SELL' : 'BUY');
const inPounds = (dollars: string) => decimal.divide(dollars, rate, 2, 'half-up');
const worth = (size: string, move: string) => decimal.multiply(decimal.multiply(size, contractSize), move);
/** Takes the whole size at `level`. */
const marginOf = (size: string, level: string) =>
  inPounds(decimal.divide(decimal.multiply(worth(size, level), marginPct), '100', 4, 'half-up'));
/** What closing `size` of a position at today's level brings. */
function profitOf({ direction, level }: Pick<PositionEvidence, 'direction' | 'level'>, size: string): string {
  const now = levels[other(direction)];
  const move = direction === 'BUY' ? decimal.subtract(now, level) : decimal.subtract(level, now);
  return inPounds(worth(size, move));
}
/** A level as asked for, or so many points from the fill; null for neither. */
function attached(level: string | null, points: string | null, fill: string, up: boolean): string | null {
  if (points === null) return level;
  return (up ? decimal.add : decimal.subtract)(fill, decimal.divide(points, pointsPerUnit, 10, 'half-up'));
}
const isSameOrder = (one: OpenRequest, two: OpenRequest) =>
  one.direction === two.direction && decimal.compare(one.size, two.size) === 0;
/** What an accepted request did, to which position. */
type Done = Partial<ConfirmEvidence> & { action: 'opened' | 'closed' | 'partially_closed'; dealId: string };
const toSecond = (at: Date) => new Date(Math.floor(at.getTime() / 1000) * 1000);

/** A venue that fills at 1.17006/1.17000 and tells nobody unless asked. */
export function createVenue(clock: Clock) {
  let deals = 0;
  let ids = 0;
  let cash = openingCash;
  const references = new Map<string, OpenRequest>();
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
      return closed ?? (decimal.compare(needed, available) > 0 ? 'INSUFFICIENT_FUNDS' : null);
    }
    const position = venue.positions.get(request.dealId);
    if (!position) return 'POSITION_NOT_AVAILABLE_TO_CLOSE';
    if (position.direction === request.direction) return 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION';
    return decimal.compare(request.size, position.size) > 0 ? 'POSITION_NOT_AVAILABLE_TO_CLOSE' : closed;
  }
  function open(request: OpenRequest, dealReference: string, dealId: string): Done {
    const { direction, size, currency, expiry } = request;
    const level = levels[direction];
    const [stopLevel, limitLevel] = [
      attached(request.stopLevel, request.stopDistancePoints, level, direction === 'SELL'),
      attached(request.limitLevel, request.limitDistancePoints, level, direction === 'BUY'),
    ];
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
      openedAt: toSecond(clock.now()),
    });
    return { action: 'opened', dealId, stopLevel, limitLevel };
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

  const venue = {
    treat: 'fill' as Treatment,
    /** When set, every read fails. */
    down: false,
    /** Without it the same reference opens a second position: the broker's memory is not what keeps us from dealing twice. */
    checksReferences: true,
    /** Runs while a request is there, before its answer. */
    during: async () => {},
    requests: [] as Request[],
    confirms: new Map<string, ConfirmEvidence>(),
    positions: new Map<string, PositionEvidence>(),
    activity: [] as ActivityEvidence[],
    /** How many deals it has done. */
    get deals() {
      return deals;
    },
    /** As it was at first, for another account. */
    reset() {
      deals = 0;
      cash = openingCash;
      venue.requests.length = venue.activity.length = 0;
      venue.confirms.clear();
      venue.positions.clear();
      references.clear();
    },
    /** Decides a request by the venue's rules and writes it down, whoever sent it. */
    book(request: Request, dealReference: string): ConfirmEvidence {
      const brokerCode = refusalOf(request);
      const isKnown = opens(request) || venue.positions.has(request.dealId);
      const ownId = nextDealId();
      const done =
        brokerCode !== null ? null : opens(request) ? open(request, dealReference, ownId) : close(request);
      if (done) deals++;
      if (opens(request)) references.set(dealReference, request);
      const common = {
        dealReference,
        direction: request.direction,
        status: done ? ('accepted' as const) : ('rejected' as const),
        level: done && levels[request.direction],
      };
      venue.activity.push({
        ...common,
        dealId: ownId,
        epic: isKnown ? eurusd : '',
        actions: done ? [{ action: done.action, dealId: done.dealId }] : [],
        size: request.size,
        throughApi: true,
        at: toSecond(clock.now()),
      });
      const confirm: ConfirmEvidence = {
        ...common,
        dealId: ownId,
        epic: isKnown ? eurusd : null,
        brokerCode,
        action: null,
        size: done && request.size,
        stopLevel: null,
        limitLevel: null,
        profit: null,
        profitCurrency: null,
        at: clock.now(),
        ...done,
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
    confirmEvent: (accountId: string, confirm: ConfirmEvidence, eventId = `c-${confirm.dealReference}`) => ({
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
    const dealReference = opens(request) ? request.dealReference : `IG${String(++ids).padStart(13, '0')}`;
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
    openPosition: (_account, request, options) => take(request, options),
    closePosition: (_account, request, options) => take(request, options),
  };
  const ageMs = ({ at }: ConfirmEvidence) => clock.now().getTime() - at.getTime();
  const evidence: Evidence = {
    confirm: (_account, reference) =>
      read(() => {
        const confirm = venue.confirms.get(reference);
        return confirm && ageMs(confirm) < confirmKeptMs ? confirm : null;
      }),
    positions: () => read(() => [...venue.positions.values()]),
    activity: (_account, since) => read(() => venue.activity.filter(({ at }) => at >= toSecond(since))),
    funds: () => read(() => ({ ...funds(), at: clock.now() })),
  };
  return Object.assign(venue, { dealing, evidence });
}
