// Endpoints of open positions: opened, amended, closed and read.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { positionOf } from '../engine/messages.ts';
import type { DealCommand, Position } from '../engine/types.ts';
import type { PriceSource } from '../market/price.ts';
import { double } from '../numbers.ts';
import { IgError, type Answer, type Call, type Endpoint } from './server.ts';
import { dealIdOf } from './body.ts';
import { row } from './markets.ts';
import { readAmend, readClose, readOpen } from './position-body.ts';

/** The market beside a position or an order: version 1 has no UTC time. */
export function marketBeside(source: PriceSource, version: number) {
  const { updateTimeUTC, ...market } = { ...row(source), lotSize: double(source.instrument.lotSize) };
  return version === 1 ? market : { ...market, updateTimeUTC };
}

type Order = DealCommand extends infer Each
  ? Each extends DealCommand
    ? Omit<Each, 'accountId'>
    : never
  : never;
/** Deals for the caller; what became of it is in the confirm of the reference answered. */
export async function deal(desk: DealingDesk, call: Call, order: Order): Promise<Answer> {
  const { dealReference } = await desk.deal({ ...order, accountId: call.caller().accountId } as DealCommand);
  return { body: { dealReference } };
}

export function positionEndpoints({
  desk,
  sources,
}: {
  desk: DealingDesk;
  sources: ReadonlyMap<string, PriceSource>;
}): Endpoint[] {
  function entry(position: Position, version: number) {
    const source = sources.get(position.epic);
    if (!source) throw new IgError(500, 'error.positions.generic');
    const { dealReference, size, level, createdDateUTC, ...common } = positionOf(position, source.instrument);
    return {
      position:
        version === 1
          ? { ...common, dealSize: size, openLevel: level }
          : { ...common, createdDateUTC, dealReference, size, level },
      market: marketBeside(source, version),
    };
  }
  const positionsOf = (accountId: string) => desk.account(accountId).positions;

  return [
    {
      method: 'POST',
      path: '/positions/otc',
      versions: [1, 2],
      kind: 'T',
      access: 'session',
      deals: 'open',
      async handle(call) {
        const order = readOpen(call.body(), call.version);
        if (!sources.has(order.epic)) throw new IgError(404, 'error.trading.otc.instrument-not-found');
        return deal(desk, call, { type: 'openPosition', ...order });
      },
    },
    {
      method: 'PUT',
      path: '/positions/otc/:dealId',
      versions: [1, 2],
      kind: 'T',
      access: 'session',
      deals: 'amend',
      handle: async (call) =>
        deal(desk, call, {
          type: 'amendPosition',
          dealId: dealIdOf(call),
          ...readAmend(call.body(), call.version),
        }),
    },
    {
      method: 'DELETE',
      path: '/positions/otc',
      versions: [1],
      kind: 'T',
      access: 'session',
      deals: 'close',
      handle: async (call) => deal(desk, call, { type: 'closePosition', ...readClose(call.body()) }),
    },
    {
      method: 'GET',
      path: '/positions',
      versions: [1, 2],
      kind: 'N',
      access: 'session',
      handle: (call) => ({
        body: {
          positions: positionsOf(call.caller().accountId).map((position) => entry(position, call.version)),
        },
      }),
    },
    {
      method: 'GET',
      path: '/positions/:dealId',
      versions: [1, 2],
      kind: 'N',
      access: 'session',
      handle(call) {
        const position = positionsOf(call.caller().accountId).find(
          ({ dealId }) => dealId === call.params['dealId'],
        );
        if (!position) throw new IgError(404, 'error.position.notfound');
        return { body: entry(position, call.version) };
      },
    },
  ];
}
