// The plain WebSockets, as one table: below /ws/, the channels of each path and the subscription that each carries.
import type { AnyTRPCRouter } from '@trpc/server';
import { listProcedures, type ProcedureInfo } from './schemas.ts';

/** Path below `/ws/` → channel → subscription. A channel is an entry here, and what its data are one in shared/sockets.ts. */
export type ChannelTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
export const channelTable = {
  'market-data': { prices: 'marketData.onPrices', candles: 'marketData.onCandles' },
  trading: {
    trading: 'trading.onEvents',
    account: 'trading.onValuation',
    portfolio: 'portfolio.onValuation',
  },
  notifications: { notifications: 'notifications.onNotification' },
} satisfies ChannelTable;

/** The channels of one path. */
export type Channels = ReadonlyMap<string, ProcedureInfo>;

/** The channels by path. Throws where a row names no subscription of `router`. */
export function channelsOf(router: AnyTRPCRouter, table: ChannelTable): ReadonlyMap<string, Channels> {
  const procedures = new Map(listProcedures(router).map((procedure) => [procedure.name, procedure]));
  const find = (name: string) => {
    const procedure = procedures.get(name);
    if (procedure?.type !== 'subscription') throw new Error(`the channels name no subscription: ${name}`);
    return procedure;
  };
  return new Map(
    Object.entries(table).map(([path, channels]) => [
      path,
      new Map(Object.entries(channels).map(([channel, name]) => [channel, find(name)])),
    ]),
  );
}
