// Where REST has the procedures of market data.
import type { RestRows } from '../../trpc/rest.ts';
import { gapsHeader } from './candles/formats.ts';
import type { createMarketDataRouter } from './router.ts';
import { watchlistRest } from './watchlists/rest.ts';

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
    revalidates: true,
  },
  navigate: {
    method: 'GET',
    path: '/market-data/navigation',
    summary: 'The kinds of markets, and the markets of one kind',
    errors: brokerErrors,
    example: { category: 'FOREX' },
    revalidates: true,
  },
  get: {
    method: 'GET',
    path: '/market-data/markets/{epic}',
    summary: 'One market: instrument, dealing rules, opening hours and price',
    description:
      'Details are stored here and refreshed by themselves, so that asking often costs nothing at the broker; while it is away they are answered as they were read last (`readAt`).',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epic },
    revalidates: true,
  },
  sentiment: {
    method: 'GET',
    path: '/market-data/markets/{epic}/sentiment',
    summary: 'What share of the broker’s clients is long or short in a market',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epic },
    revalidates: true,
  },
  prices: {
    method: 'GET',
    path: '/market-data/prices',
    summary: 'The newest price of up to 50 markets',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epics: [epic] },
  },
  candles: {
    method: 'GET',
    path: '/market-data/candles/{epic}',
    summary: 'Candles of one market, from seconds to months',
    description:
      'Built from what is streamed; what is missing of the past is bought of the broker’s history, once, as far as one call may, and named in `gaps` otherwise. Days, weeks and months are those of `zone`.',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epic, resolution: 'MINUTE_5', limit: 50 },
    asText: (page) =>
      page.format === 'csv'
        ? {
            type: 'text/csv; charset=utf-8; header=present',
            text: page.csv,
            headers: {
              ...(page.nextCursor !== null && { 'Next-Cursor': page.nextCursor }),
              ...(page.gaps.length > 0 && { Gaps: gapsHeader(page.gaps) }),
            },
          }
        : undefined,
    textType: 'text/csv',
    revalidates: true,
  },
  ...watchlistRest,
};
