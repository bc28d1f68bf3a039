import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AccountMessage, ConfirmEvidence, PositionEvidence } from '../../modules/trading/ports.ts';
import { eventsOfTrade, fundsEvent, reconnectedEvent, toMessage } from './events.ts';
import { parseLossless } from '../rest/json.ts';
import { Activity, Confirm, PositionChange, PositionsAnswer } from './schemas.ts';
import {
  closeBody,
  netBody,
  fromAccountItem,
  fromPositionChange,
  openBody,
  toActivity,
  toConfirm,
  toFunds,
  toPosition,
} from './translate.ts';

const text = (name: string) => readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
const fixture = (name: string) => parseLossless(text(name)) as Record<string, Record<string, unknown>>;
const confirms = fixture('confirms');
const updates = fixture('position-updates');
/** As it stands in a field of the stream. */
const streamed = (name: string, key: string) =>
  JSON.stringify((JSON.parse(text(name)) as Record<string, unknown>)[key]);
const trade = (values: Partial<Record<'CONFIRMS' | 'OPU' | 'WOU', string>>) =>
  eventsOfTrade('acct_1', { CONFIRMS: null, OPU: null, WOU: null, ...values });

describe('confirms', () => {
  const base = {
    epic: 'IX.D.DAX.IFMM.IP',
    direction: 'BUY',
    stopLevel: null,
    limitLevel: null,
    stopDistancePoints: null,
    limitDistancePoints: null,
    guaranteedStop: false,
    trails: false,
    profit: null,
    profitCurrency: null,
  };
  test.each<[string, object]>([
    [
      'opened',
      {
        ...base,
        dealReference: 'ftr_open_1',
        dealId: 'DIAAAABCDEFGH01',
        status: 'accepted',
        brokerCode: null,
        action: 'opened',
        size: '1',
        level: '20014.20',
        stopLevel: '19990.5',
        affected: [{ dealId: 'DIAAAABCDEFGH01', action: 'opened' }],
        at: new Date('2026-02-02T10:39:08.138Z'),
      },
    ],
    [
      'closed',
      {
        ...base,
        dealReference: 'K7Q2HX4MTVW09ZB',
        dealId: 'DIAAAABCDEFGH01',
        status: 'accepted',
        brokerCode: null,
        action: 'closed',
        direction: 'SELL',
        size: '1',
        level: '20007.9',
        profit: '-6.3',
        profitCurrency: 'EUR',
        affected: [{ dealId: 'DIAAAABCDEFGH01', action: 'closed' }],
        at: new Date('2026-02-02T10:53:56.400Z'),
      },
    ],
    [
      'rejected',
      {
        ...base,
        dealReference: 'ftr_open_2',
        dealId: 'DIAAAABCDEFGH02',
        status: 'rejected',
        brokerCode: 'INSUFFICIENT_FUNDS',
        action: null,
        size: null,
        level: null,
        affected: [],
        at: new Date('2026-02-02T10:49:00.620Z'),
      },
    ],
  ])('%s: text of levels untouched, instants in UTC', (name, expected) => {
    const confirm = toConfirm(Confirm.parse(confirms[name]));
    expect(confirm).toEqual(expected);
    expect(ConfirmEvidence.parse(confirm)).toEqual(expected);
  });

  test.each([
    ['PARTIALLY_CLOSED', 'partially_closed'],
    ['AMENDED', 'amended'],
    ['DELETED', 'deleted'],
  ])('status %s is %s', (status, action) => {
    expect(toConfirm(Confirm.parse({ ...confirms['closed'], status }))).toMatchObject({ action });
  });
  test.each([
    [{ dealStatus: 'FUND_ACCOUNT' }],
    [{ status: 'SOMETHING_NEW' }],
    [{ date: '2026/02/02 10:39' }],
  ])('%j is no verdict: it throws instead of guessing', (odd) => {
    expect(() => toConfirm(Confirm.parse({ ...confirms['opened'], ...odd }))).toThrow(TypeError);
  });
  test('a refusal without a reason says UNKNOWN, one of an unknown position has no epic', () => {
    expect(toConfirm(Confirm.parse({ ...confirms['rejected'], reason: null, epic: null }))).toMatchObject({
      brokerCode: 'UNKNOWN',
      epic: null,
    });
  });
});

test('positions: UTC where IG gives it, else the local time by its offset; numbers as IG wrote them, exponents spelled out', () => {
  const positions = PositionsAnswer.parse(fixture('positions')).positions.map((row) => toPosition(row, 60));
  expect(positions).toEqual([
    {
      dealId: 'DIAAAABCDEFGH01',
      dealReference: 'ftr_open_1',
      epic: 'IX.D.DAX.IFMM.IP',
      expiry: '-',
      name: 'Germany 40',
      direction: 'BUY',
      size: '0.50',
      level: '20014.20',
      currency: 'EUR',
      contractSize: '25.0',
      stopLevel: '19990.5',
      limitLevel: null,
      guaranteedStop: false,
      trailingStop: null,
      openedAt: new Date('2026-07-03T17:01:42Z'),
    },
    {
      dealId: 'DIAAAABCDEFGH09',
      dealReference: null,
      epic: 'CS.D.EURUSD.TODAY.IP',
      expiry: 'DFB',
      name: 'EUR/USD',
      direction: 'SELL',
      size: '2',
      level: '11690.7',
      currency: 'GBP',
      contractSize: null,
      stopLevel: null,
      limitLevel: '10000',
      guaranteedStop: false,
      trailingStop: null,
      openedAt: new Date('2026-07-03T17:01:42.250Z'),
    },
  ]);
  for (const position of positions) expect(PositionEvidence.parse(position)).toEqual(position);
});
test('a list with one position that cannot be read is no list: left out it would count as absent', () => {
  const [first, second] = (fixture('positions') as unknown as { positions: { position: object }[] })
    .positions;
  expect(
    PositionsAnswer.safeParse({
      positions: [first, { ...second, position: { ...second!.position, size: null } }],
    }).success,
  ).toBe(false);
});

test('activity: what was done to which position, and whether it came through the API', () => {
  const readAt = new Date('2026-07-03T19:00:00Z');
  expect(
    (fixture('activity') as unknown as unknown[]).map((row) => toActivity(Activity.parse(row), 60, readAt)),
  ).toEqual([
    {
      dealId: 'DIAAAABCDEFGH03',
      dealReference: 'K7Q2HX4MTVW09ZB',
      epic: 'IX.D.DAX.IFMM.IP',
      status: 'accepted',
      actions: [{ action: 'closed', dealId: 'DIAAAABCDEFGH01' }],
      direction: 'SELL',
      size: '0.5',
      level: '20007.9',
      stopLevel: null,
      limitLevel: null,
      stopDistancePoints: null,
      limitDistancePoints: null,
      guaranteedStop: false,
      trailingStop: null,
      throughApi: false,
      at: new Date('2026-07-03T17:20:00Z'),
    },
    {
      dealId: 'DIAAAABCDEFGH01',
      dealReference: 'ftr_open_1',
      epic: 'IX.D.DAX.IFMM.IP',
      status: 'accepted',
      actions: [{ action: 'opened', dealId: 'DIAAAABCDEFGH01' }],
      direction: 'BUY',
      size: '1',
      level: '20014.20',
      stopLevel: null,
      limitLevel: null,
      stopDistancePoints: null,
      limitDistancePoints: null,
      throughApi: true,
      at: new Date('2026-07-03T17:01:42Z'),
    },
    {
      dealId: 'DIAAAABCDEFGH02',
      dealReference: null,
      epic: '',
      status: 'unknown',
      actions: [],
      direction: null,
      size: null,
      level: null,
      stopLevel: null,
      limitLevel: null,
      stopDistancePoints: null,
      limitDistancePoints: null,
      throughApi: false,
      at: readAt,
    },
  ]);
});

test('funds: cash, margin and running profit by REST and stream, in one form whichever told them; without a balance there are none', () => {
  const at = new Date('2026-07-03T19:00:00Z');
  const expected = { cash: '29945.03', margin: '8020.86', runningProfit: '-109.39', at };
  expect(
    toFunds(
      { accountId: 'A1', balance: { balance: '29945.03', deposit: '8020.86', profitLoss: '-109.39' } },
      at,
    ),
  ).toEqual(expected);
  expect(fromAccountItem({ FUNDS: '29945.03', MARGIN: '8020.86', PNL: '-109.39' }, at)).toEqual(expected);
  const whole = { cash: '9970', margin: '0', runningProfit: '-1.5', at };
  const balance = { balance: '9970.0', deposit: '0.0', profitLoss: '-1.5' };
  expect(toFunds({ accountId: 'A1', balance }, at)).toEqual(whole);
  expect(fromAccountItem({ FUNDS: '9970.00', MARGIN: '0.00', PNL: '-1.50' }, at)).toEqual(whole);
  expect(fromAccountItem({ FUNDS: null, MARGIN: '0.00', PNL: '0.00' }, at)).toBeNull();
  expect(() => toFunds({ accountId: 'A1', balance: null }, at)).toThrow(TypeError);
});

test('an order is written with exactly our digits, as a position of its own or as one that nets, without what was not given', () => {
  const order = {
    kind: 'open',
    dealReference: 'ftr_1',
    epic: 'IX.D.DAX.IFMM.IP',
    expiry: '-',
    direction: 'BUY',
    size: '0.10',
    currency: 'EUR',
    stopLevel: null,
    stopDistancePoints: '12.5',
    limitLevel: '20100.123456789012345678',
    limitDistancePoints: null,
    guaranteedStop: false,
    trailingIncrementPoints: null,
    worstLevel: null,
  } as const;
  expect(JSON.stringify(openBody(order))).toBe(
    '{"epic":"IX.D.DAX.IFMM.IP","expiry":"-","direction":"BUY","size":0.1,"orderType":"MARKET","currencyCode":"EUR","dealReference":"ftr_1","forceOpen":true,"guaranteedStop":false,"stopDistance":12.5,"limitLevel":20100.123456789012345678}',
  );
  const { dealReference, epic, expiry, direction, size, currency, worstLevel } = order;
  const terms = { dealReference, epic, expiry, direction, size, currency, worstLevel };
  expect(JSON.stringify(netBody({ kind: 'net', ...terms }))).toBe(
    '{"epic":"IX.D.DAX.IFMM.IP","expiry":"-","direction":"BUY","size":0.1,"orderType":"MARKET","currencyCode":"EUR","dealReference":"ftr_1","forceOpen":false,"guaranteedStop":false}',
  );
  expect(
    JSON.stringify(closeBody({ kind: 'close', dealId: 'DIA1', direction: 'SELL', size: '007.50' })),
  ).toBe('{"dealId":"DIA1","direction":"SELL","size":7.5,"orderType":"MARKET"}');
});

describe('the stream', () => {
  test('a confirm, a position and an order become events that the bus’s other end can read, with every instant', () => {
    const dated = JSON.parse(streamed('position-updates', 'working-order')) as object;
    const [confirm, position, order] = [
      trade({ CONFIRMS: streamed('confirms', 'closed') }),
      trade({ OPU: streamed('position-updates', 'deleted-under-another-id') }),
      trade({ WOU: JSON.stringify({ ...dated, goodTillDate: '2026-03-01T10:00:30' }) }),
    ].flat();
    expect(order).toMatchObject({ kind: 'order', data: { goodTillAt: new Date('2026-03-01T10:00:30Z') } });
    expect(confirm).toMatchObject({
      kind: 'confirm',
      accountId: 'acct_1',
      data: { action: 'closed', profit: '-6.3' },
    });
    expect(position).toMatchObject({
      kind: 'position',
      data: {
        dealId: 'DIAAAABCDEFGH01',
        state: 'deleted',
        size: '0',
        level: '20007.9',
        at: new Date('2026-02-02T10:53:56.393Z'),
      },
    });
    for (const event of [
      confirm!,
      position!,
      order!,
      reconnectedEvent('acct_1', { holder: 'g', n: 1 }, new Date(0)),
      fundsEvent(
        'acct_1',
        { holder: 'g', n: 2 },
        { cash: '1', margin: '0', runningProfit: '0', at: new Date(0) },
      ),
    ]) {
      const message = toMessage([event], 1);
      expect(JSON.parse(JSON.stringify(message))).toEqual(message); // JSON as it is
      expect(AccountMessage.parse(message).events).toEqual([event]);
    }
  });
  test('an opened position keeps its level and stop as text', () => {
    expect(fromPositionChange(PositionChange.parse(updates['open']))).toMatchObject({
      state: 'open',
      dealReference: 'ftr_open_1',
      size: '1',
      level: '20014.20',
      stopLevel: '19990.5',
      currency: null,
    });
  });
  test('an array of confirms is as many events; shape decides what a value is, not its field', () => {
    const both = trade({
      CONFIRMS: `[${streamed('confirms', 'opened')},${streamed('confirms', 'rejected')}]`,
    });
    expect(both.map(({ kind, data }) => [kind, 'status' in data && data.status])).toEqual([
      ['confirm', 'accepted'],
      ['confirm', 'rejected'],
    ]);
    expect(trade({ WOU: streamed('position-updates', 'open') })).toMatchObject([{ kind: 'position' }]);
    expect(trade({ OPU: streamed('position-updates', 'working-order') })).toMatchObject([
      {
        kind: 'order',
        data: {
          dealId: 'DIAAAABCDEFGH04',
          dealReference: 'ORDERREF0000004',
          state: 'open',
          type: 'limit',
          direction: 'SELL',
          size: '1',
          level: '20400',
          goodTillAt: null,
          stopDistancePoints: '10',
          limitDistancePoints: '10',
          at: new Date('2026-02-02T10:14:27Z'),
        },
      },
    ]);
  });
  test.each([['INV'], [' INV '], ['']])('%j says nothing', (value) =>
    expect(trade({ CONFIRMS: value, OPU: value, WOU: value })).toEqual([]),
  );
  test.each([['{"half":'], ['{"date":"2026-02-02T10:39:08"}'], ['"text"'], ['7']])(
    '%s throws: what it told must be read elsewhere',
    (value) => expect(() => trade({ CONFIRMS: value })).toThrow(),
  );

  test('the same message told again has the same id, whatever the order of its fields; another account or content another', () => {
    const opened = streamed('confirms', 'opened');
    const turned = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(opened) as object).reverse()));
    const id = (values: Parameters<typeof trade>[0], account = 'acct_1') =>
      eventsOfTrade(account, { CONFIRMS: null, OPU: null, WOU: null, ...values })[0]!.eventId;
    expect(id({ CONFIRMS: turned })).toBe(id({ CONFIRMS: opened }));
    expect(id({ CONFIRMS: `[${opened}]` })).toBe(id({ CONFIRMS: opened }));
    const different = [
      id({ CONFIRMS: opened }),
      id({ CONFIRMS: opened }, 'acct_2'),
      id({ CONFIRMS: streamed('confirms', 'closed') }),
      id({ OPU: streamed('position-updates', 'open') }),
      id({ OPU: streamed('position-updates', 'open').replace('08.131', '08.132') }),
      id({ OPU: streamed('position-updates', 'open').replace('"size":1', '"size":2') }),
    ];
    expect(new Set(different).size).toBe(different.length);
  });
  test('the same cash told at two moments is two events: it may have been another in between', () => {
    const funds = { cash: '10000.00', margin: '0', runningProfit: '0', at: new Date(0) };
    const ids = [
      fundsEvent('a', { holder: 'g1', n: 1 }, funds),
      fundsEvent('a', { holder: 'g1', n: 2 }, funds),
      fundsEvent('a', { holder: 'g2', n: 1 }, funds),
      reconnectedEvent('a', { holder: 'g1', n: 1 }, funds.at),
    ].map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(4);
    expect(fundsEvent('a', { holder: 'g1', n: 1 }, funds).eventId).toBe(ids[0]);
  });
});
