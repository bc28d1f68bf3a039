// Every answer that was recorded of IG, read as the client reads it: what IG really says must pass the door.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { failure } from '../testing/failure.ts';
import { describeWith } from '../testing/requires.ts';
import {
  AccountsAnswer,
  OrderChange,
  OrdersAnswer,
  ActivityAnswer,
  Confirm,
  DealSubmitted,
  PositionChange,
  PositionsAnswer,
  TransactionsAnswer,
} from './accounts/schemas.ts';
import {
  CategoriesAnswer,
  CategoryAnswer,
  MarketDetails,
  MarketsAnswer,
  MarketSnapshot,
  SearchAnswer,
} from './prices/schemas.ts';
import { PricesAnswer, toPage } from './prices/history.ts';
import { parseLossless } from './rest/json.ts';
import { read } from './rest/door.ts';
import { Applications, OAuthTokens, SessionV1, SessionV3 } from './rest/schemas.ts';

type Check = (body: unknown) => void;
const by =
  (schema: z.ZodType): Check =>
  (body) =>
    void schema.parse(body);
const eachMarketBy =
  (schema: z.ZodType): Check =>
  (body) => {
    const { marketDetails } = MarketsAnswer.parse(body);
    expect(marketDetails.length).toBeGreaterThan(0);
    for (const entry of marketDetails) schema.parse(entry);
  };
/** Every price of the answer comes out as the text that stands in it. */
const byPrices: Check = (body) => {
  const answer = PricesAnswer.parse(body);
  const { candles, told } = toPage(answer, new Date(0));
  expect(candles.length).toBeGreaterThan(0);
  expect(candles.map(({ open, high, low, close }) => [open, high, low, close].map(({ bid }) => bid))).toEqual(
    answer.prices.map((row) =>
      [row.openPrice, row.highPrice, row.lowPrice, row.closePrice].map((price) => price!.bid),
    ),
  );
  expect(
    candles.every(({ at, low, high }) => at > new Date(0) && Number(low.offer) <= Number(high.offer)),
  ).toBe(true);
  expect(told.granted).toBe(10_000);
  expect(told.left).toBeLessThan(10_000);
  expect(told.endsMs).toBeGreaterThan(0);
};
/** Of an endpoint, or a version of one, that we do not ask. */
const notAsked = 'not asked';

/** The folders whose answers are real (see their README), with every file in them. */
const recorded: Record<string, Record<string, Check | typeof notAsked>> = {
  'ig-python__trading-ig': {
    'accounts.json': notAsked, // POST /session v2
    'accounts_balances.json': by(AccountsAnswer),
    'activities_v1.json': notAsked,
    'application.json': by(Applications),
    'historic_prices.json': byPrices,
    'historic_prices_dates.json': byPrices,
    'historic_prices_num_points.json': byPrices,
    'historic_prices_v1.json': notAsked,
    'historic_prices_v2.json': notAsked,
    'markets_epic.json': by(MarketDetails),
    'positions_v1.json': notAsked,
    'positions_v2.json': by(PositionsAnswer),
    'session.json': by(SessionV1),
    'switch.json': notAsked,
    'workingorders_v1.json': notAsked,
    'workingorders_v2.json': by(OrdersAnswer),
  },
  npouzenc__IGMarkets: {
    'accounts.json': by(AccountsAnswer),
    'clientapplications.json': by(Applications),
    'clientsentiment_DE30,EURUSD,FR40.json': notAsked,
    'clientsentiment_FR40.json': notAsked,
    'clientsentiments_unknown.json': notAsked,
    'marketnavigation.json': notAsked,
    'markets_CS.D.EURUSD.CFD.IP (snapshot only).json': eachMarketBy(MarketSnapshot),
    'markets_CS.D.EURUSD.CFD.IP+CS.D.EURUSD.MINI.IP.json': eachMarketBy(MarketDetails),
    'markets_CS.D.EURUSD.MINI.IP.json': by(MarketDetails),
    'positions_emptyresult.json': by(PositionsAnswer),
    'prices_CC.D.LCO.UME.IP.json': byPrices,
    'prices_CC.D.LCO.UNC.IP.json': byPrices,
    'prices_CS.D.EURUSD.MINI.IP.json': byPrices,
    'prices_IX.D.FTSE.DAILY.IP.json': byPrices,
    'watchlist_5222222.json': notAsked,
    'watchlist_PopularMarkets.json': notAsked,
    'watchlists.json': notAsked,
  },
  'derived-trade-stream': {
    'trade-stream.json': (body) => {
      const { scenarios } = body as { scenarios: Record<string, Record<string, string | null>[]> };
      const steps = Object.values(scenarios).flat();
      expect(steps.length).toBeGreaterThan(10);
      for (const { CONFIRMS, OPU, WOU } of steps) {
        if (WOU) OrderChange.parse(parseLossless(WOU));
        if (CONFIRMS) Confirm.parse(parseLossless(CONFIRMS));
        if (OPU) PositionChange.parse(parseLossless(OPU));
      }
    },
  },
};

await describeWith('data', 'the answers recorded of IG', (data) => {
  const folder = path.join(data, '../reference/ig-fixtures');
  for (const [name, files] of Object.entries(recorded)) {
    test(`all of ${name} is known here`, () => {
      expect(readdirSync(path.join(folder, name)).sort()).toEqual(Object.keys(files).sort());
    });
    for (const [file, check] of Object.entries(files))
      if (check !== notAsked)
        test(`${name}/${file} passes the door, also with fields that nobody knows`, () => {
          const body = parseLossless(
            readFileSync(path.join(folder, name, file), 'utf8').replace(/^\uFEFF/, ''),
          );
          check(body);
          check(withMore(body));
        });
  }
});

/** The same with one more field in each object. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  const more = Object.entries(value).map(([key, each]) => [key, withMore(each)]);
  return Object.fromEntries('scenarios' in value ? more : [...more, ['addedByIg', { since: '2027' }]]);
}

test.each<[string, z.ZodType, unknown, RegExp]>([
  ['POST /session v3', SessionV3, { accountId: 'A' }, /lightstreamerEndpoint: .*oauthToken: /],
  ['POST /session/refresh-token v1', OAuthTokens, { access_token: 't' }, /refresh_token: .*expires_in: /],
  ['GET /session v1', SessionV1, {}, /accountId: .*lightstreamerEndpoint: /],
  ['GET /accounts v1', AccountsAnswer, { accounts: [{}] }, /accounts\.0\.accountId: /],
  ['GET /positions v2', PositionsAnswer, { positions: [{ market: {} }] }, /positions\.0\.position: .*epic: /],
  ['GET /history/activity v3', ActivityAnswer, {}, /activities: /],
  [
    'GET /history/transactions v2',
    TransactionsAnswer,
    { transactions: [{}] },
    /transactions\.0\.dateUtc: .*metadata: /,
  ],
  ['GET /confirms/{dealReference} v1', Confirm, {}, /date: .*dealStatus: .*dealReference: /],
  ['POST /positions/otc v2', DealSubmitted, {}, /dealReference: /],
  ['GET /markets v2', MarketsAnswer, {}, /marketDetails: /],
  ['GET /markets v1', SearchAnswer, { markets: [{}] }, /markets\.0\.epic: /],
  ['GET /prices/{epic} v3', PricesAnswer, { prices: [{}] }, /prices\.0\.snapshotTimeUTC: .*metadata: /],
  ['GET /operations/application v1', Applications, [{ status: 'ENABLED' }], /0\.apiKey: /],
  ['GET /categories v1', CategoriesAnswer, { categories: [{}] }, /categories\.0\.code: /],
  ['GET /categories/{id}/instruments v1', CategoryAnswer, { instruments: [{}] }, /instruments\.0\.epic: /],
])(
  'what is missing in the answer to %s is told with endpoint and path',
  async (endpoint, schema, body, detail) => {
    const error = await failure(Promise.resolve().then(() => read(schema, { body, endpoint })));
    expect(error).toMatchObject({
      code: 'broker.unavailable',
      message: expect.stringContaining('in a form that is not known here'),
    });
    const { options } = error as { options: { detail: string } };
    expect(options.detail.startsWith(`${endpoint}: `)).toBe(true);
    expect(options.detail).toMatch(detail);
  },
);
