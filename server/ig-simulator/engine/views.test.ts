import { expect, test } from 'vitest';
import { activityOf } from './activity.ts';
import { decisionsOf } from './state.ts';
import { accountItem } from '../stream/account-item.ts';
import { messagesOf } from './messages.ts';
import { positionOf } from './views.ts';
import { createWorld, eurusd, ftse } from './test-world.ts';
import { transactionsOf } from './transactions.ts';
import { accountFigures } from './value.ts';

/** Opens and closes 2 FTSE with a stop, then has one refused; times are the world's. */
function story() {
  const world = createWorld();
  const opened = world.open({
    epic: ftse,
    currencyCode: 'GBP',
    size: '2',
    stopLevel: '9600',
    dealReference: 'OPENREF00000001',
  });
  world.set(ftse, '9700.5', '9701.5');
  const closed = world.close(opened.dealId, { size: '2' });
  const refused = world.open({ size: '0.1', dealReference: 'REFUSED00000002' });
  return { world, opened, closed, refused };
}

test('stream messages have the fields, order and nulls of the recorded ones', () => {
  const { opened, closed, refused } = story();
  const { dealId } = opened;
  expect(JSON.stringify(messagesOf(opened)!.confirms)).toBe(
    `{"direction":"BUY","epic":"IX.D.FTSE.IFE.IP","stopLevel":9600,"limitLevel":null,"dealReference":"OPENREF00000001","dealId":"${dealId}","limitDistance":null,"stopDistance":null,"expiry":"-","affectedDeals":[{"dealId":"${dealId}","status":"OPENED"}],"dealStatus":"ACCEPTED","guaranteedStop":false,"trailingStop":false,"level":9691,"reason":"SUCCESS","status":"OPEN","size":2,"profit":null,"profitCurrency":null,"date":"2026-01-05T09:00:00.138","channel":"PublicRestOTC"}`,
  );
  expect(JSON.stringify(messagesOf(opened)!.opu)).toBe(
    `[{"dealReference":"OPENREF00000001","dealId":"${dealId}","direction":"BUY","epic":"IX.D.FTSE.IFE.IP","status":"OPEN","dealStatus":"ACCEPTED","level":9691,"size":2,"timestamp":"2026-01-05T09:00:00.138","channel":"PublicRestOTC","dealIdOrigin":"${dealId}","expiry":"-","stopLevel":9600,"limitLevel":null,"guaranteedStop":false}]`,
  );
  expect(JSON.stringify(messagesOf(closed)!.confirms)).toBe(
    `{"direction":"SELL","epic":"IX.D.FTSE.IFE.IP","stopLevel":null,"limitLevel":null,"dealReference":"${closed.dealReference}","dealId":"${dealId}","limitDistance":null,"stopDistance":null,"expiry":"-","affectedDeals":[{"dealId":"${dealId}","status":"FULLY_CLOSED"}],"dealStatus":"ACCEPTED","guaranteedStop":false,"trailingStop":false,"level":9700.5,"reason":"SUCCESS","status":"CLOSED","size":2,"profit":19,"profitCurrency":"GBP","date":"2026-01-05T09:00:00.138","channel":"PublicRestOTC"}`,
  );
  expect(JSON.stringify(messagesOf(refused)!.confirms)).toBe(
    `{"direction":"BUY","epic":"CS.D.EURUSD.CFD.IP","stopLevel":null,"limitLevel":null,"dealReference":"REFUSED00000002","dealId":"${refused.dealId}","limitDistance":null,"stopDistance":null,"expiry":null,"affectedDeals":[],"dealStatus":"REJECTED","guaranteedStop":false,"trailingStop":false,"level":null,"reason":"MINIMUM_ORDER_SIZE_ERROR","status":null,"size":null,"profit":null,"profitCurrency":null,"date":"2026-01-05T09:00:00.138","channel":"PublicRestOTC"}`,
  );
  expect([closed.dealReference, opened.dealId]).toEqual([
    expect.stringMatching(/^[A-Z0-9]{15}$/),
    expect.stringMatching(/^DIAAAAB[A-Z]{8}$/),
  ]);
});

test('confirm dates have one to three fraction digits', () => {
  const dates = ['10:39:08.138', '10:53:56.400', '10:53:56.040', '10:53:56.000'].map((time) => {
    const world = createWorld();
    return messagesOf(world.open({}, { now: new Date(`2026-02-02T${time}Z`) }))!.confirms!.date.slice(11);
  });
  expect(dates).toEqual(['10:39:08.138', '10:53:56.4', '10:53:56.04', '10:53:56.0']);
});

test('a position reads as in GET /positions v2', () => {
  const world = createWorld();
  world.open({ dealReference: 'ref', limitDistance: '10' });
  const [position] = world.account().positions;
  const shown = JSON.stringify(positionOf(position!, world.context.instrument(eurusd)!));
  expect(JSON.parse(shown)).toEqual({
    contractSize: 100_000,
    createdDate: '2026/01/05 09:00:00:138',
    createdDateUTC: '2026-01-05T09:00:00',
    dealId: position!.dealId,
    dealReference: 'ref',
    size: 1,
    direction: 'BUY',
    limitLevel: 1.17106,
    level: 1.17006,
    currency: 'USD',
    controlledRisk: false,
    stopLevel: null,
    trailingStep: null,
    trailingStopDistance: null,
    limitedRiskPremium: null,
  });
});

test('activity and transactions tell the story newest first', () => {
  const { world, opened, closed, refused } = story();
  const short = opened.dealId.slice(-8);
  const rows = [...decisionsOf(world.state, 'CFD1')].flatMap(
    (decision) => activityOf(decision, world.context.instrument) ?? [],
  );
  expect(rows).toMatchObject([
    {
      dealId: refused.dealId,
      status: 'REJECTED',
      epic: eurusd,
      details: { dealReference: 'REFUSED00000002', actions: [] },
    },
    {
      dealId: closed.dealId,
      status: 'ACCEPTED',
      description: `Position/s closed: ${short}`,
      channel: 'PUBLIC_WEB_API',
      details: {
        direction: 'SELL',
        level: 9700.5,
        actions: [{ actionType: 'POSITION_CLOSED', affectedDealId: opened.dealId }],
      },
    },
    {
      dealId: opened.dealId,
      status: 'ACCEPTED',
      description: `Position opened: ${short}`,
      date: '2026-01-05T09:00:00',
      period: '-',
      type: 'POSITION',
      details: {
        stopLevel: 9600,
        size: 2,
        marketName: 'FTSE 100 (£1)',
        actions: [{ actionType: 'POSITION_OPENED', affectedDealId: opened.dealId }],
      },
    },
  ]);
  world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '-19.5' });
  const transactions = [...decisionsOf(world.state, 'CFD1')].flatMap((decision) =>
    transactionsOf(decision, 'GBP', world.context.instrument),
  );
  expect(transactions).toMatchObject([
    {
      transactionType: 'WITH',
      profitAndLoss: '£-19.50',
      cashTransaction: true,
      instrumentName: 'Withdrawal',
    },
    {
      transactionType: 'DEAL',
      profitAndLoss: '£19.00',
      cashTransaction: false,
      reference: closed.dealId.slice(-8),
      openLevel: '9691',
      closeLevel: '9700.5',
      size: '+2.00',
      period: '-',
    },
    { transactionType: 'DEPO', profitAndLoss: '£100000.00', cashTransaction: true },
  ]);
});

test('a stop that was hit is an activity of the system, and converted profits say their rate', () => {
  const world = createWorld();
  world.open({ stopDistance: '10' });
  const [fired] = world.set(eurusd, '1.16', '1.16006');
  expect(activityOf(fired!, world.context.instrument)).toMatchObject({
    channel: 'SYSTEM',
    description: expect.stringMatching(/^Position\/s closed: [A-Z]{8}$/),
  });
  expect(transactionsOf(fired!, 'GBP', world.context.instrument)).toMatchObject([
    { instrumentName: 'EUR/USD converted at 0.75', profitAndLoss: '£-754.50' },
  ]);
});

test('the ACCOUNT item’s figures add up to two decimals', () => {
  const { world } = story();
  world.open({ size: '2' });
  expect(accountItem(accountFigures(world.state, 'CFD1', world.context))).toEqual({
    PNL: '-9.00',
    DEPOSIT: '5844.15',
    AVAILABLE_CASH: '94165.85',
    PNL_LR: '0.00',
    PNL_NLR: '-9.00',
    FUNDS: '100019.00',
    MARGIN: '5844.15',
    MARGIN_LR: '0.00',
    MARGIN_NLR: '5844.15',
    AVAILABLE_TO_DEAL: '94165.85',
    EQUITY: '100010.00',
    EQUITY_USED: '5.84',
    USED_MARGIN: '5844.15',
    AMOUNT_DUE: '0.00',
  });
});
