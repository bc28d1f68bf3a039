// Dealing endpoints: positions opened, closed and read, and confirms.
import type { DealingDesk } from '../dealing-desk.ts';
import { positionOf } from '../engine/messages.ts';
import { accountOf } from '../engine/state.ts';
import type { Position } from '../engine/types.ts';
import type { PriceSource } from '../market/price.ts';
import { IgError, type Endpoint } from '../rest.ts';
import { readClose, readOpen } from './deal-body.ts';
import { row } from './markets.ts';

export function dealEndpoints({ desk, sources }: { desk: DealingDesk; sources: ReadonlyMap<string, PriceSource> }): Endpoint[] {
  function entry(position: Position, version: number) {
    const source = sources.get(position.epic);
    if (!source) throw new IgError(500, 'error.positions.generic');
    const { dealReference, size, level, createdDateUTC, ...common } = positionOf(position, source.instrument);
    const { updateTimeUTC, ...market } = { ...row(source), lotSize: source.instrument.lotSize };
    return version === 1
      ? { position: { ...common, dealSize: size, openLevel: level }, market }
      : { position: { ...common, createdDateUTC, dealReference, size, level }, market: { ...market, updateTimeUTC } };
  }
  const positionsOf = (accountId: string) => accountOf(desk.state(), accountId).positions;

  return [
    {
      method: 'POST', path: '/positions/otc', versions: [1, 2], kind: 'T', access: 'session', deals: 'open',
      async handle(call) {
        const order = readOpen(call.body(), call.version);
        if (!sources.has(order.epic)) throw new IgError(404, 'error.trading.otc.instrument-not-found');
        const { dealReference } = await desk.deal({ type: 'openPosition', accountId: call.caller().accountId, ...order });
        return { body: { dealReference } };
      },
    },
    {
      method: 'DELETE', path: '/positions/otc', versions: [1], kind: 'T', access: 'session', deals: 'close',
      async handle(call) {
        const { dealReference } = await desk.deal({ type: 'closePosition', accountId: call.caller().accountId, ...readClose(call.body()) });
        return { body: { dealReference } };
      },
    },
    {
      method: 'GET', path: '/positions', versions: [1, 2], kind: 'N', access: 'session',
      handle: (call) => ({ body: { positions: positionsOf(call.caller().accountId).map((position) => entry(position, call.version)) } }),
    },
    {
      method: 'GET', path: '/positions/:dealId', versions: [1, 2], kind: 'N', access: 'session',
      handle(call) {
        const position = positionsOf(call.caller().accountId).find(({ dealId }) => dealId === call.params['dealId']);
        if (!position) throw new IgError(404, 'error.position.notfound');
        return { body: entry(position, call.version) };
      },
    },
    {
      method: 'GET', path: '/confirms/:dealReference', versions: [1], kind: 'N', access: 'session', deals: 'confirm',
      handle(call) {
        const confirm = desk.confirm(call.caller().accountId, call.params['dealReference']!);
        if (!confirm) throw new IgError(404, 'error.confirms.deal-not-found');
        return { body: confirm };
      },
    },
  ];
}
