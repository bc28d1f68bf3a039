// Endpoints of working orders: placed, amended, taken away and read.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { orderV1, orderV2 } from '../engine/views.ts';
import type { WorkingOrder } from '../engine/decisions.ts';
import type { PriceSource } from '../market/price.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';
import { dealIdOf } from './body.ts';
import { readOrder, readOrderAmend } from './order-body.ts';
import { deal, marketBeside } from './positions.ts';

/** In the form of the recorded `FX_C_GCSI_ST`, by the instrument's type. */
const exchanges: Record<string, string> = {
  CURRENCIES: 'FX',
  INDICES: 'IX',
  COMMODITIES: 'CC',
  SHARES: 'SH',
  RATES: 'IR',
  UNKNOWN: 'OT',
};

export function orderEndpoints({
  desk,
  sources,
}: {
  desk: DealingDesk;
  sources: ReadonlyMap<string, PriceSource>;
}): Endpoint[] {
  function entry(order: WorkingOrder, version: number) {
    const source = sources.get(order.epic);
    if (!source) throw new IgError(500, 'error.workingorders.generic');
    const { instrument } = source;
    return {
      workingOrderData: (version === 1 ? orderV1 : orderV2)(order, instrument),
      marketData: {
        exchangeId: `${exchanges[instrument.type]}_C_${instrument.marketId}_ST`,
        ...marketBeside(source, version),
      },
    };
  }
  return [
    endpoint('GET /workingorders', [1, 2], {}, (call) => ({
      body: {
        workingOrders: desk
          .account(call.caller().accountId)
          .orders.map((order) => entry(order, call.version)),
      },
    })),
    endpoint('POST /workingorders/otc', [1, 2], { kind: 'T', deals: 'order' }, async (call) => {
      const order = readOrder(call.body(), call.version);
      if (!sources.has(order.epic)) throw new IgError(404, 'error.trading.otc.instrument-not-found');
      return deal(desk, call, { type: 'placeOrder', ...order });
    }),
    endpoint('PUT /workingorders/otc/:dealId', [1, 2], { kind: 'T', deals: 'amend' }, async (call) =>
      deal(desk, call, { type: 'amendOrder', dealId: dealIdOf(call), ...readOrderAmend(call.body()) }),
    ),
    endpoint('DELETE /workingorders/otc/:dealId', [1, 2], { kind: 'T', deals: 'cancel' }, async (call) => {
      if (call.version === 1) call.body(); // version 1 wants one, and be it empty
      return deal(desk, call, { type: 'cancelOrder', dealId: dealIdOf(call) });
    }),
  ];
}
