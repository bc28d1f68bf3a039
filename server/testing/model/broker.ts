// The broker of the model: it books what reaches it by its rules, tells of it now or later or not at all, and its lists lag behind. No I/O.
import type { ActivityAction, ConfirmEvidence } from '../../modules/trading/ports.ts';
import type { Ask, Booking, Books, Effect, Thing } from './bookings.ts';
import type { Timeline } from './timeline.ts';
import { activityOf, confirmOf, orderOf, positionOf } from './words.ts';

const confirmDelaysMs = { prompt: 200, overtakes: 0, late: 25_000, doubled: 200 };
/** A confirm is kept so long. */
const confirmKeptMs = 60_000;

/**
 * `first`: what is there in the beginning. Its check for repeated references is off. `deliver` takes a confirm; false when nobody was
 * there to take it.
 */
export function createModelBroker(
  { now, date, choose, pick, later, note }: Timeline,
  first: Books,
  deliver: (confirm: ConfirmEvidence) => boolean,
) {
  const bookings: Booking[] = [];
  const booksOf = (some: readonly Booking[]): Books => some.reduce(booked, first);

  function tell(booking: Booking): void {
    const deliverAfter = (ms: number): void =>
      later(ms, () => {
        if (!deliver(confirmOf(booking, date(booking.at))) && choose(2) === 0) deliverAfter(1_000);
      });
    const delivery = pick(['prompt', 'overtakes', 'late', 'doubled', 'lost'] as const);
    if (delivery !== 'lost') deliverAfter(confirmDelaysMs[delivery]);
    if (delivery === 'doubled') deliverAfter(pick([200, 9_000, 45_000]));
  }
  /** `reference` is ours, for what may bear one. Gives the booking. */
  function book(
    by: string,
    ask: Ask,
    reference: string | null,
    throughApi: boolean,
    refused: boolean,
  ): Booking {
    const books = booksOf(bookings);
    const ownId = `D${bookings.length + 1}`;
    const effects = refused ? null : effectsOf(ask, books, ownId);
    const booking = {
      at: now(),
      by,
      ask,
      accepted: effects !== null,
      ownId,
      // Of a change that of the thing, while that is there; of a close one of its own.
      reference: reference ?? referenceOf(ask, books) ?? `IG${bookings.length + 1}`,
      effects: effects ?? [],
      throughApi,
    };
    bookings.push(booking);
    const what =
      effects === null ? 'refuses' : effects.map(({ action, dealId }) => `${action} ${dealId}`).join();
    note(`broker, for ${by}: ${ask.kind} ${ask.size} at ${ask.level}: ${what} (${booking.reference})`);
    return booking;
  }
  return {
    bookings,
    books: () => booksOf(bookings),
    /** A request of ours, as it arrives. */
    execute(by: string, ask: Ask, reference: string | null): Booking {
      const booking = book(by, ask, reference, true, choose(4) === 3);
      tell(booking);
      return booking;
    },
    /** Dealt elsewhere: on the broker's page, which confirms nothing here, or by another program. An order may fill by itself. */
    elsewhere(ask: Ask, throughApi: boolean): void {
      const booking = book('elsewhere', ask, null, throughApi, false);
      if (throughApi) tell(booking);
    },
    fill(dealId: string): void {
      const order = booksOf(bookings).orders.get(dealId);
      if (!order) return;
      const ask: Ask = { ...order, kind: 'place_order' };
      const effects: Effect[] = [{ action: 'order_filled', dealId, size: 0 }];
      const done = { accepted: true, ownId: `F${dealId}`, effects, throughApi: false };
      bookings.push({ at: now(), by: 'the market', ask, reference: order.reference ?? 'IG0', ...done });
      note(`the market fills ${dealId}`);
    },
    /** As they were at `asOf`. */
    booksOf: (asOf: number): Books => booksOf(bookings.filter(({ at }) => at <= asOf)),
    /** Its books as they were at `asOf`, as a reading gets them that began at `begunAt`; with the newest confirm under a reference. */
    booksAsOf(asOf: number, begunAt: Date, reference: string | null) {
      const seen = bookings.filter(({ at }) => at <= asOf);
      const { positions, orders } = booksOf(seen);
      const fresh = seen.findLast(
        ({ at, by, ...booking }) =>
          booking.reference === reference && by !== 'the market' && at >= asOf - confirmKeptMs,
      );
      return {
        begunAt,
        confirm: fresh ? confirmOf(fresh, date(fresh.at)) : null,
        positions: [...positions.values()].map((thing) => positionOf(thing, date(0))),
        orders: [...orders.values()].map((thing) => orderOf(thing, date(0))),
        activity: seen.map((booking) => activityOf(booking, date(Math.floor(booking.at / 1_000) * 1_000))),
      };
    },
  };
}

/** The reference that the answer to a change bears: none of its own where the thing is there. */
function referenceOf({ kind, dealId }: Ask, { positions, orders }: Books): string | null {
  if (dealId === null || kind === 'close') return null;
  return (kind === 'amend' ? positions : orders).get(dealId)?.reference ?? null;
}

/** What a request does, by the broker's rules; null: it is refused. */
function effectsOf(ask: Ask, { positions, orders }: Books, ownId: string): Effect[] | null {
  const { kind, dealId, direction, size } = ask;
  const one = (action: ActivityAction, id: string, taken = 0): Effect[] => [
    { action, dealId: id, size: taken },
  ];
  switch (kind) {
    case 'open':
      return one('opened', ownId);
    case 'place_order':
      return one('order_placed', ownId);
    case 'amend':
      return positions.has(dealId!) ? one('amended', dealId!) : null;
    case 'amend_order':
      return orders.has(dealId!) ? one('order_amended', dealId!) : null;
    case 'cancel_order':
      return orders.has(dealId!) ? one('order_deleted', dealId!) : null;
    case 'close': {
      const position = positions.get(dealId!);
      if (!position || position.size < size) return null;
      return one(position.size === size ? 'closed' : 'partially_closed', dealId!, size);
    }
    case 'net': {
      let left = size;
      const effects: Effect[] = [];
      for (const position of positions.values()) {
        if (position.direction === direction || left === 0) continue;
        const taken = Math.min(left, position.size);
        left -= taken;
        effects.push(...one(taken === position.size ? 'closed' : 'partially_closed', position.dealId, taken));
      }
      return left === 0 ? effects : [...effects, { action: 'opened', dealId: ownId, size: left }];
    }
  }
}

/** The books after a booking. */
function booked({ positions: before, orders: resting }: Books, booking: Booking): Books {
  const [positions, orders] = [new Map(before), new Map(resting)];
  const { ask, reference } = booking;
  for (const { action, dealId, size } of booking.effects) {
    const thing = positions.get(dealId) ?? orders.get(dealId);
    const fresh: Thing = {
      ...ask,
      dealId,
      reference,
      size: action === 'opened' && size > 0 ? size : ask.size,
    };
    if (action === 'opened') positions.set(dealId, fresh);
    if (action === 'order_placed') orders.set(dealId, fresh);
    if (action === 'order_filled' && thing) positions.set(dealId, thing);
    if (action === 'order_filled' || action === 'order_deleted') orders.delete(dealId);
    if (action === 'closed') positions.delete(dealId);
    if (!thing) continue;
    if (action === 'partially_closed') positions.set(dealId, { ...thing, size: thing.size - size });
    if (action === 'amended') positions.set(dealId, { ...thing, level: ask.level });
    if (action === 'order_amended') orders.set(dealId, { ...thing, level: ask.level });
  }
  return { positions, orders };
}
