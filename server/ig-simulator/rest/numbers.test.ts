// How numbers are spelt in every answer that was recorded of IG: with a point even when whole, plainly, or with all places of the market.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { describeWith } from '../../testing/requires.ts';
import { marketOrder, restingOrder, testLogin, testSimulator } from '../../testing/test-simulator.ts';

const [dax, ftse, carbon, mini] = [
  'IX.D.DAX.IFMM.IP',
  'IX.D.FTSE.IFE.IP',
  'CO.D.CFI.Month2.IP',
  marketOrder.epic,
];
/** Whole quotes, so that every figure of the market shows how a whole number is spelt. */
const folder = mkdtempSync(path.join(tmpdir(), 'numbers '));
const recording = path.join(folder, 'dax.csv');
writeFileSync(recording, 'timestamp,bid,ask\n2026-01-05T09:00:00Z,24000.0,24002.0\n');
const clock = createManualClock();
const simulator = await testSimulator({
  clock,
  replay: {
    files: [dax, ftse].map((epic) => ({ path: recording, epic })),
    speed: 1,
    start: 'now',
    paused: true,
  },
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true });
});
clock.advance(0);
await simulator.replay.step({ rows: 1 });
const daxOrder = { epic: dax, currencyCode: 'EUR', size: 1 };
await simulator.open({ ...daxOrder, stopDistance: 100, trailingStop: true, trailingStopIncrement: 10 });
await simulator.open({ ...daxOrder, guaranteedStop: true, stopDistance: 100, limitDistance: 50 });
const [attached, plain] = [
  { level: 20_000, stopDistance: 100, limitDistance: 50 },
  { level: 20_000, size: 0.5 },
];
for (const order of [attached, plain])
  await simulator.send('POST', '/workingorders/otc', { ...restingOrder, ...daxOrder, ...order });
const { text: opened } = await simulator.open({ ...daxOrder, dealReference: 'opened', stopLevel: 20_000 });
expect(opened).toContain('opened');
/** At a whole loss in the account's own currency. */
for (const terms of [{ direction: 'BUY' }, { direction: 'SELL', forceOpen: false, dealReference: 'closed' }])
  await simulator.open({ epic: ftse, currencyCode: 'GBP', size: 1, ...terms });
await simulator.close({ epic: dax, expiry: '-', direction: 'SELL', size: 30, orderType: 'MARKET' }).then(
  ({ status }) => expect(status).toBe(200), // not all in one: it is refused, and leaves a confirm of its own
);

/** The texts of the numbers of an answer, by path. */
function spellings(json: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const walk = (value: unknown, at: string): void => {
    if (Array.isArray(value)) return value.forEach((each) => walk(each, `${at}[]`));
    if (value instanceof Spelt)
      return void found.set(at, (found.get(at) ?? new Set<string>()).add(value.text));
    if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) walk(each, at === '' ? key : `${at}.${key}`);
  };
  class Spelt {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
  }
  walk(
    JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? new Spelt(context!.source!) : value,
    ),
    '',
  );
  return found;
}
const answers = new Map<string, Map<string, Set<string>>>();
/** Of the answer to `POST /session v2`, or to `GET /positions v1`. */
async function answerOf(call: string) {
  const [, method = '', where = '', version = 1] = /^(\w+) (.+) v(\d)$/.exec(call) ?? [];
  const known = answers.get(call);
  if (known) return known;
  const { text, status } =
    where === '/session'
      ? await simulator.call(method, where, { version, body: testLogin })
      : method === 'POST'
        ? await simulator.send(method, where, quotedDeal, Number(version))
        : await simulator.read(where, Number(version));
  expect([status, text.length > 2], call).toEqual([200, true]);
  answers.set(call, spellings(text));
  return answers.get(call)!;
}

/** What indicative costs are asked for. */
const quotedDeal = {
  ask: 24_002,
  bid: 24_000,
  dealCurrencyCode: 'EUR',
  dealReference: 'quoted',
  size: 1,
  direction: 'BUY',
  epic: dax,
  openingLevel: 23_000,
  stopLevel: 23_000,
  limitLevel: 25_000,
};
/** The node of the market tree that has the market of `epic`. */
async function leafOf(epic: string, where = '/marketnavigation'): Promise<string | undefined> {
  const { nodes, markets } = (await simulator.read(where)).body;
  if (markets?.some((each: { epic: string }) => each.epic === epic)) return where;
  for (const { id } of nodes ?? []) {
    const found = await leafOf(epic, `/marketnavigation/${id}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const market = 'lotSize high low percentageChange netChange bid offer';
const at = (prefix: string, names: string) => names.split(' ').map((name) => `${prefix}${name}`);
const candle = ['open', 'close', 'high', 'low'].flatMap((side) => [
  `prices[].${side}Price.bid`,
  `prices[].${side}Price.ask`,
]);
const details = [
  ...at(
    'instrument.',
    'lotSize currencies[].baseExchangeRate currencies[].exchangeRate slippageFactor.value',
  ),
  ...at(
    'dealingRules.',
    'minStepDistance.value minDealSize.value minControlledRiskStopDistance.value minNormalStopOrLimitDistance.value maxStopOrLimitDistance.value controlledRiskSpacing.value',
  ),
  ...at('snapshot.', 'bid offer high low'),
];
const closing = 'closingCommission closingSpread closingFxFee closingIFTT';
const opening = closing.replaceAll('closing', 'opening');
const kept = 'guaranteedStopReturn knockoutPremiumReturn etpExitCost';
const notional = 'notionalValue notionalValueInUserCurrency';
const nightly = 'overnightFundingFee dailyRunningFxFee borrowingCharge inducements';
const deposits = 'guaranteedStopDeposit knockoutPremiumDeposit etpEntryCost etpOngoingCost';
const closed = `${notional} ${closing} ${kept}`;
/** The calls that answer numbers, and which of those have a point even when whole; all others have none. */
const doubles: Record<string, string[]> = {
  'POST /session v2': at('accountInfo.', 'balance deposit profitLoss available'),
  'GET /accounts v1': at('accounts[].balance.', 'balance deposit profitLoss available'),
  'GET /operations/application v1': [],
  [`GET /markets/${dax} v1`]: details,
  [`GET /markets/${dax} v3`]: details,
  [`GET /markets?epics=${dax} v1`]: details.map((name) => `marketDetails[].${name}`),
  [`GET /markets?epics=${dax} v2`]: details.map((name) => `marketDetails[].${name}`),
  [`GET /markets/${dax} v4`]: [
    ...details.filter((name) => !/slippageFactor|snapshot\.(bid|offer)/.test(name)),
    ...at('snapshot.', 'priceLadder[].bid priceLadder[].ask'),
    ...at('snapshot.currencyLadders[].', 'bidSizes[] askSizes[]'),
  ],
  'GET /positions v1': [
    ...at('positions[].position.', 'contractSize dealSize openLevel stopLevel limitLevel'),
    ...at('positions[].position.', 'trailingStep trailingStopDistance limitedRiskPremium'),
    ...at('positions[].market.', market),
  ],
  'GET /positions v2': [
    ...at('positions[].position.', 'contractSize size level stopLevel limitLevel'),
    ...at('positions[].position.', 'trailingStep trailingStopDistance limitedRiskPremium'),
    ...at('positions[].market.', market),
  ],
  'GET /workingorders v1': [
    ...at('workingOrders[].workingOrderData.', 'size level contingentStop contingentLimit'),
    ...at('workingOrders[].marketData.', market),
  ],
  'GET /workingorders v2': [
    ...at('workingOrders[].workingOrderData.', 'orderSize orderLevel stopDistance limitDistance'),
    ...at('workingOrders[].marketData.', market),
  ],
  'GET /confirms/opened v1': ['level', 'size', 'stopLevel'],
  'GET /confirms/closed v1': ['level', 'size', 'profit'],
  'GET /history/activity?from=2026-01-01&detailed=true v3': [],
  'GET /history/transactions?maxSpanSeconds=9999 v2': [],
  'GET /repeat-dealing-window v1': [],
  'GET /clientsentiment?marketIds=FR40,XXXX v1': at(
    'clientSentiments[].',
    'longPositionPercentage shortPositionPercentage',
  ),
  'GET /clientsentiment/FR40 v1': ['longPositionPercentage', 'shortPositionPercentage'],
  'GET /clientsentiment/related/FR40 v1': at(
    'clientSentiments[].',
    'longPositionPercentage shortPositionPercentage',
  ),
  [`GET /prices/${dax} v3`]: candle,
  [`GET /prices/${dax}/MINUTE/1 v2`]: candle,
  [`GET /prices/${dax}/MINUTE/1 v1`]: candle,
  'GET /watchlists/Popular%20Markets v1': at('markets[].', market),
  'GET /markets?searchTerm=germany v1': at('markets[].', market.replace('lotSize ', '')),
  [`GET ${await leafOf(dax)} v1`]: at('markets[].', market),
  'GET /categories/INDICES/instruments v1': at('instruments[].', market),
  'POST /indicativecostsandcharges/open v1': at(
    '',
    `${notional} ${opening} ${closing} ${nightly} ${kept} ${deposits}`,
  ),
  'POST /indicativecostsandcharges/close v1': at('close.', closed),
  'POST /indicativecostsandcharges/edit v1': [...at('limit.', closed), ...at('stop.', closed)],
};
test.each(Object.entries(doubles))(
  '%s: these numbers have a point, the others none when whole',
  async (call, wanted) => {
    const found = await answerOf(call);
    for (const name of wanted)
      expect([...(found.get(name) ?? [`no ${name}`])].join(), name).toMatch(
        /^-?\d+\.\d+(,-?\d+\.\d+)*$|^1\.0E10$/,
      );
    for (const [name, texts] of found)
      if (!wanted.includes(name))
        expect(
          [...texts].filter((text) => /\.\d*0$/.test(text)),
          name,
        ).toEqual([]);
  },
);

test('a double ends with its last figure, and a candle with the last place of its market', async () => {
  const rows = (await answerOf('GET /watchlists/Popular%20Markets v1')).entries();
  for (const [name, texts] of rows) for (const text of texts) expect(text, name).not.toMatch(/\.\d+0$/);
  const { text } = await simulator.read(`/prices/${mini}?resolution=MINUTE&max=50&pageSize=0`, 3);
  const bids = [...text.matchAll(/"bid":([^,]+)/g)].map(([, bid]) => bid!);
  expect([bids.length, bids.filter((bid) => !/^1\.\d{5}$/.test(bid))]).toEqual([200, []]);
  expect(bids.some((bid) => bid.endsWith('0'))).toBe(true);
});

test('distances and levels have six places at the most, however long they were when they came', async () => {
  const offer = 1.170_059_999_999_7;
  const noisy = { stopLevel: offer * 0.9 * 0.96, limitLevel: offer * 0.9 * 1.1, level: offer * 0.9 };
  await simulator.send('POST', '/workingorders/otc', { ...restingOrder, ...noisy });
  await simulator.send('POST', '/workingorders/otc', {
    ...restingOrder,
    stopDistance: 100 / 3,
    limitDistance: 35 / 3,
  });
  await simulator.open({ stopDistance: 100 / 3, limitDistance: 350 / 3, dealReference: 'thirds' });
  await simulator.open({ stopDistance: 100 / 3, trailingStop: true, trailingStopIncrement: 17 / 3 });
  const [orders, positions, confirm] = await Promise.all(
    ['/workingorders', '/positions', '/confirms/thirds'].map((where, i) =>
      simulator.read(where, i < 2 ? 2 : 1),
    ),
  );
  const found = [orders, positions, confirm].flatMap((reply) => [...spellings(reply!.text).values()]);
  for (const texts of found) for (const each of texts) expect(each).toMatch(/^-?\d+(\.\d{1,6})?$/);
  expect(orders!.text).toContain('"stopDistance":33.333333');
  expect(orders!.text).toContain('"limitDistance":11.666667');
  expect(positions!.text).toContain('"trailingStep":5.666667');
});

/** What is recorded of each: file and the call that is to be compared. */
const fixtures: [file: string, call: string][] = [
  ['ig-python__trading-ig/accounts.json', 'POST /session v2'],
  ['ig-python__trading-ig/accounts_balances.json', 'GET /accounts v1'],
  ['npouzenc__IGMarkets/accounts.json', 'GET /accounts v1'],
  ['ig-python__trading-ig/application.json', 'GET /operations/application v1'],
  ['npouzenc__IGMarkets/clientapplications.json', 'GET /operations/application v1'],
  ['ig-python__trading-ig/markets_epic.json', `GET /markets/${carbon} v3`],
  ['ig-python__trading-ig/markets_epic.json', `GET /markets/${dax} v3`],
  ['npouzenc__IGMarkets/markets_CS.D.EURUSD.MINI.IP.json', `GET /markets/${mini} v3`],
  [
    'npouzenc__IGMarkets/markets_CS.D.EURUSD.CFD.IP+CS.D.EURUSD.MINI.IP.json',
    `GET /markets?epics=${dax},${mini} v2`,
  ],
  [
    'npouzenc__IGMarkets/markets_CS.D.EURUSD.CFD.IP (snapshot only).json',
    `GET /markets?epics=${dax}&filter=SNAPSHOT_ONLY v2`,
  ],
  ['ig-python__trading-ig/positions_v1.json', 'GET /positions v1'],
  ['ig-python__trading-ig/positions_v2.json', 'GET /positions v2'],
  ['ig-python__trading-ig/workingorders_v1.json', 'GET /workingorders v1'],
  ['ig-python__trading-ig/workingorders_v2.json', 'GET /workingorders v2'],
  ['ig-python__trading-ig/historic_prices_v1.json', `GET /prices/${dax}/MINUTE/1 v1`],
  ['ig-python__trading-ig/historic_prices_v2.json', `GET /prices/${dax}/MINUTE/1 v2`],
  ['ig-python__trading-ig/historic_prices.json', `GET /prices/${dax} v3`],
  ['npouzenc__IGMarkets/prices_CS.D.EURUSD.MINI.IP.json', `GET /prices/${mini} v3`],
  ['npouzenc__IGMarkets/clientsentiment_FR40.json', 'GET /clientsentiment?marketIds=FR40,XXXX v1'],
  ['npouzenc__IGMarkets/watchlist_PopularMarkets.json', 'GET /watchlists/Popular%20Markets v1'],
];
await describeWith('data', 'the answers recorded of IG', (data) => {
  /** How whole numbers are spelt; undefined where none is among them. */
  const wholes = (texts: ReadonlySet<string>) =>
    [...texts].some((text) => !text.includes('.'))
      ? '10'
      : [...texts].some((text) => /\.0+$/.test(text))
        ? '10.0'
        : undefined;
  test.each(fixtures)('%s and %s spell the whole numbers of each path alike', async (file, call) => {
    const recorded = spellings(
      readFileSync(path.join(data, '../reference/ig-fixtures', file), 'utf8').replace(/^\uFEFF/, ''),
    );
    const ours = await answerOf(call);
    const both = [...recorded].flatMap(([name, texts]) => {
      const pair = [wholes(texts), wholes(ours.get(name) ?? new Set())];
      return pair.includes(undefined) ? [] : [[name, ...pair] as const];
    });
    expect(both.length).toBeGreaterThan(0);
    expect(both.filter(([, theirs, own]) => theirs !== own)).toEqual([]);
  });
});
