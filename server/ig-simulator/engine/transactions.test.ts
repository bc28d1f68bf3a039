import { expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import { decisionsOf } from './state.ts';
import { createWorld, eurusd, ftse, type World } from './test-world.ts';
import { oldTransactionOf, transactionsOf } from './transactions.ts';

const rowsOf = (world: World) =>
  [...decisionsOf(world.state, 'CFD1')].flatMap((decision) =>
    transactionsOf(decision, 'GBP', world.context.instrument),
  );
const night = { now: new Date('2026-01-07T23:00:00Z') };

test('funding of each position and the premium of a guaranteed stop are cash rows of their own, and all rows add up to the balance', () => {
  const world = createWorld();
  const first = world.open({ size: '2', stopDistance: '20', guaranteedStop: true });
  const second = world.open({ epic: ftse, currencyCode: 'GBP', direction: 'SELL', size: '3' });
  world.run({ type: 'time' }, night);
  world.set(eurusd, '1.16000', '1.16006');
  world.close(second.dealId, { direction: 'BUY', size: '1.5' });
  world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '-250.25', note: 'rent' });
  const rows = rowsOf(world);
  expect(rows.reduce((sum, { profitAndLoss }) => decimal.add(sum, profitAndLoss.slice(1)), '0')).toBe(
    world.account().cash,
  );
  const short = (dealId: string) => dealId.slice(-8);
  expect(rows).toMatchObject([
    { transactionType: 'WITH', instrumentName: 'rent', profitAndLoss: '£-250.25', cashTransaction: true },
    {
      transactionType: 'DEAL',
      instrumentName: 'FTSE 100 (£1)',
      size: '-1.50',
      openLevel: '9690',
      closeLevel: '9691',
      profitAndLoss: '£-1.50',
      cashTransaction: false,
    },
    {
      transactionType: 'DEAL',
      instrumentName: 'EUR/USD converted at 0.75',
      size: '+2.00',
      profitAndLoss: '£-300.00',
    },
    {
      transactionType: 'WITH',
      instrumentName: 'Guaranteed stop premium EUR/USD',
      profitAndLoss: '£-18.00',
      size: '-',
      openLevel: '-',
      closeLevel: '0',
      cashTransaction: true,
    },
    {
      transactionType: 'WITH',
      instrumentName: 'Overnight funding for 3 days EUR/USD',
      reference: short(first.dealId),
      cashTransaction: true,
    },
    {
      transactionType: 'DEPO',
      instrumentName: 'Overnight funding for 1 day FTSE 100 (£1)',
      reference: short(second.dealId),
    },
    { transactionType: 'WITH', instrumentName: 'Overnight funding for 1 day EUR/USD' },
    { transactionType: 'DEPO' },
    { transactionType: 'WITH' },
    { transactionType: 'DEPO' },
    { transactionType: 'DEPO', instrumentName: 'Opening balance', profitAndLoss: '£100000.00' },
  ]);
});

test('version 1 has no UTC times, and the day alone', () => {
  const world = createWorld();
  world.close(world.open().dealId);
  const [row] = rowsOf(world);
  const { dateUtc: _, openDateUtc: __, ...rest } = row!;
  expect(oldTransactionOf(row!)).toEqual({ ...rest, date: '05/01/26' });
});
