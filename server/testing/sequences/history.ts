// A seeded history of one account at the broker of the model: what was asked for here and elsewhere, and every event its stream tells of that. No I/O.
import type { DealKindName } from '../../../shared/trading.ts';
import type { AccountEvent } from '../../modules/trading/ports.ts';
import { createModelBroker } from '../model/broker.ts';
import type { Ask, Booking, Books } from '../model/bookings.ts';
import { createTimeline } from '../model/timeline.ts';
import { confirmOf, orderOf, positionOf } from '../model/words.ts';

/** What is asked for here. One that never arrives is booked by nobody. */
export interface Request {
  id: string;
  at: number;
  ask: Ask;
  arrives: boolean;
  /** Whether its answer came, which tells the broker's reference. */
  isAnswered: boolean;
}
/** `data` of an event, and the instant of the broker that it tells of. */
export interface Told {
  at: number;
  event: Omit<AccountEvent, 'eventId' | 'accountId'>;
}
export type History = ReturnType<typeof createHistory>;

const startCash = 10_000;
const nothing: Books = { positions: new Map(), orders: new Map() };
const stepMs = [1_000, 4_000, 15_000] as const;
const levels = [2, 3, 4, 5] as const;
/** Of another program's closes: none of ours has it. */
const otherSize = 0.125;
/** What is asked for as it is already is denied here. */
const levelsBut = (level: number | null) => levels.filter((each) => each !== level);

/** `choices` decides what happens; `steps` of it, from `start` on. */
export function createHistory(choices: readonly number[], steps: number, start?: Date) {
  const timeline = createTimeline(choices, start?.getTime());
  const { choose, pick, later, date } = timeline;
  const broker = createModelBroker(timeline, nothing, () => true);
  const requests: Request[] = [];
  const told: Told[] = [];

  function askFor({ positions, orders }: Books): Ask {
    const [position, order] = [pick([...positions.values(), null]), pick([...orders.values(), null])];
    const size = pick([1, 2, 3]);
    const fresh = (kind: DealKindName): Ask => ({ kind, dealId: null, direction: 'BUY', size, level: null });
    const what = choose(8);
    if (position && what === 0) return { ...position, kind: 'amend', level: pick(levelsBut(position.level)) };
    if (position && what <= 2) {
      const direction = position.direction === 'BUY' ? 'SELL' : 'BUY';
      return {
        kind: 'close',
        dealId: position.dealId,
        direction,
        size: pick([position.size, Math.min(1, position.size)]),
        level: null,
      };
    }
    if (order && what === 3) return { ...order, kind: 'amend_order', level: pick(levelsBut(order.level)) };
    if (order && what === 4) return { ...order, kind: 'cancel_order' };
    if (what === 5) return { ...fresh('place_order'), level: pick(levels) };
    const open = [...positions.values()].reduce((sum, each) => sum + each.size, 0);
    if (what === 6 && open > 0) return { ...fresh('net'), direction: 'SELL', size: Math.min(size, open) };
    return fresh('open');
  }
  /** Of these nothing tells before two readings have found no trace; until then no other change of the thing is asked for here. */
  const isUnderWay = ({ id, ask, arrives, isAnswered }: Request): boolean =>
    ask.dealId !== null &&
    (!arrives || (!isAnswered && broker.bookings.some(({ by, accepted }) => by === id && !accepted)));
  /**
   * What nobody could tell from a deal of ours before that has its reference is not asked for elsewhere: the same level, or by another
   * program the same size.
   */
  const othersAsk = (ask: Ask, throughApi: boolean): Ask =>
    ask.kind === 'close'
      ? { ...ask, size: throughApi ? otherSize : ask.size }
      : { ...ask, level: (ask.level ?? 0) + 10 };
  function step(n: number): void {
    const before = broker.bookings.length;
    const { orders } = broker.books();
    const ask = askFor(broker.books());
    const how = choose(8);
    const isBusy = requests.some((each) => each.ask.dealId === ask.dealId && isUnderWay(each));
    if (how === 0 && orders.size > 0) broker.fill([...orders.keys()][0]!);
    else if ((how <= 2 || isBusy) && ask.kind !== 'net')
      broker.elsewhere(othersAsk(ask, how === 1), how === 1);
    else {
      const request = {
        id: `deal_${n}`,
        at: timeline.now(),
        ask,
        arrives: how !== 3,
        isAnswered: choose(2) === 0,
      };
      requests.push(request);
      if (request.arrives) {
        const isOurs = ['open', 'net', 'place_order'].includes(ask.kind);
        broker.execute(request.id, ask, isOurs ? `OURS${n}` : null);
      }
    }
    for (const booking of broker.bookings.slice(before)) tell(booking);
  }
  function tell(booking: Booking): void {
    const [at, instant] = [booking.at, date(booking.at)];
    const { positions, orders } = broker.books();
    const push = (event: Told['event']) => void told.push({ at, event });
    const isDealt = booking.by !== 'the market' && booking.throughApi;
    if (isDealt) push({ kind: 'confirm', data: confirmOf(booking, instant) } as Told['event']);
    for (const { action, dealId } of booking.effects) {
      const thing = positions.get(dealId) ??
        orders.get(dealId) ?? { ...booking.ask, dealId, reference: null };
      const common = { dealReference: thing.reference, expiry: '-', at: instant };
      if (action.startsWith('order_')) {
        const { name: _name, placedAt: _placedAt, ...order } = orderOf(thing, instant);
        const state = { order_placed: 'open', order_amended: 'updated' }[action as string] ?? 'deleted';
        push({ kind: 'order', data: { ...order, ...common, state } } as Told['event']);
      }
      if (action.startsWith('order_') && action !== 'order_filled') continue;
      const {
        name: _name,
        contractSize: _size,
        openedAt: _openedAt,
        ...position
      } = positionOf(thing, instant);
      const isNew = action === 'opened' || action === 'order_filled';
      const state = action === 'closed' ? 'deleted' : isNew ? 'open' : 'updated';
      const size = action === 'closed' ? '0' : position.size;
      push({ kind: 'position', data: { ...position, ...common, size, state } } as Told['event']);
    }
    push({ kind: 'funds', data: fundsAt(at) } as Told['event']);
  }
  /** Each close brings one. */
  function fundsAt(asOf: number) {
    const closes = broker.bookings
      .filter(({ at }) => at <= asOf)
      .flatMap(({ effects }) => effects.filter(({ size, action }) => size > 0 && action !== 'opened')).length;
    return { cash: String(startCash + closes), margin: '0', runningProfit: '0', at: date(asOf) };
  }

  let endMs = 1_000;
  for (let n = 1; n <= steps; n++) {
    later(endMs, () => step(n));
    endMs += pick(stepMs);
  }
  timeline.play(endMs);
  return { broker, requests, told, endMs, fundsAt, date };
}
