// Where REST has the procedures of market data.
import type { RestRows } from '../../trpc/rest.ts';
import type { createMarketDataRouter } from './router.ts';

const brokerErrors = [
  'market_data.unknown_feed',
  'market_data.no_feed',
  'broker.unavailable',
  'broker.refused',
  'broker.limited',
] as const;
const epic = 'CS.D.EURUSD.CFD.IP';

export const marketDataRest: RestRows<ReturnType<typeof createMarketDataRouter>> = {
  search: {
    method: 'GET',
    path: '/market-data/markets',
    summary: 'Find markets by name or epic',
    errors: brokerErrors,
    example: { query: 'EUR' },
  },
  navigate: {
    method: 'GET',
    path: '/market-data/navigation',
    summary: 'The kinds of markets, and the markets of one kind',
    errors: brokerErrors,
    example: { category: 'FOREX' },
  },
  get: {
    method: 'GET',
    path: '/market-data/markets/{epic}',
    summary: 'One market: instrument, dealing rules and snapshot',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epic },
  },
  prices: {
    method: 'GET',
    path: '/market-data/prices',
    summary: 'The newest price of up to 50 markets',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epics: [epic] },
  },
};
