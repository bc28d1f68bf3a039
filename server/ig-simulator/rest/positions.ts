// Endpoints of open positions: opened, amended, closed and read.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { positionOf } from '../engine/views.ts';
import type { DealCommand } from '../engine/commands.ts';
import type { Position } from '../engine/decisions.ts';
import type { PriceSource } from '../market/price.ts';
import { double } from '../numbers.ts';
import { endpoint, IgError, type Answer, type Call, type Endpoint } from './endpoint.ts';
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
    endpoint('POST /positions/otc', [1, 2], { kind: 'T', deals: 'open' }, async (call) => {
      const order = readOpen(call.body(), call.version);
      if (!sources.has(order.epic)) throw new IgError(404, 'error.trading.otc.instrument-not-found');
      return deal(desk, call, { type: 'openPosition', ...order });
    }),
    endpoint('PUT /positions/otc/:dealId', [1, 2], { kind: 'T', deals: 'amend' }, async (call) =>
      deal(desk, call, {
        type: 'amendPosition',
        dealId: dealIdOf(call),
        ...readAmend(call.body(), call.version),
      }),
    ),
    endpoint('DELETE /positions/otc', [1], { kind: 'T', deals: 'close' }, async (call) =>
      deal(desk, call, { type: 'closePosition', ...readClose(call.body()) }),
    ),
    endpoint('GET /positions', [1, 2], {}, (call) => ({
      body: {
        positions: positionsOf(call.caller().accountId).map((position) => entry(position, call.version)),
      },
    })),
    endpoint('GET /positions/:dealId', [1, 2], {}, (call) => {
      const position = positionsOf(call.caller().accountId).find(
        ({ dealId }) => dealId === call.params['dealId'],
      );
      if (!position) throw new IgError(404, 'error.position.notfound');
      return { body: entry(position, call.version) };
    }),
  ];
}
