import { expect, test } from 'vitest';
import type { OrderState, WorkingOrder } from '../../../client/index.ts';
import { afterOrderEvent, afterReading, beforeReading, type OrderBook } from './order-book.ts';
import { orderEnded, pointsAway } from './order-words.ts';

const order = (dealId: string, more: Partial<WorkingOrder> = {}): WorkingOrder => ({
  accountId: 'acct_1',
  environment: 'simulated',
  dealId,
  dealReference: null,
  epic: 'CS.D.EURUSD.CFD.IP',
  name: 'EUR/USD',
  direction: 'BUY',
  size: '1',
  type: 'limit',
  level: '1.2',
  goodTillAt: null,
  currency: 'USD',
  stopDistancePoints: null,
  limitDistancePoints: null,
  guaranteedStop: false,
  tag: null,
  note: null,
  source: 'ftrader',
  state: 'open',
  placedAt: new Date(0),
  closedAt: null,
  ...more,
});
const told = (book: OrderBook, dealId: string, more: Partial<WorkingOrder> = {}) =>
  afterOrderEvent(book, { data: order(dealId, more) });
const levels = ({ resting }: OrderBook) => resting?.map(({ dealId, level }) => `${dealId} ${level}`);

test('an order that was cancelled while the list was read does not come back with it', () => {
  const book = told(beforeReading({}), 'A', { state: 'cancelled' });
  expect(levels(afterReading(book, [order('A'), order('B')]))).toEqual(['B 1.2']);
});
test('a level that was changed while the list was read stays changed, and one that was placed stays there', () => {
  const book = told(told(beforeReading({}), 'A', { level: '1.3' }), 'C', { placedAt: new Date(5) });
  expect(levels(afterReading(book, [order('A'), order('B')]))).toEqual(['A 1.3', 'B 1.2', 'C 1.2']);
});
test('a list that is read again replaces what is known: what was missed while the stream was lost is in it', () => {
  const before = afterReading(told(beforeReading({}), 'A'), []);
  expect(levels(afterReading(beforeReading(before), [order('B')]))).toEqual(['B 1.2']);
});
test('nothing is shown as resting before the list was read, and the three that ended last are told, each once', () => {
  let book: OrderBook = {};
  for (const dealId of ['A', 'B', 'C', 'D', 'D']) book = told(book, dealId, { state: 'expired' });
  expect(book.resting).toBeUndefined();
  expect(book.ended?.map(({ dealId }) => dealId)).toEqual(['D', 'C', 'B']);
});

test.each<[OrderState, string]>([
  ['filled', 'The limit order to buy 1 EUR/USD at 1.2 was filled.'],
  ['cancelled', 'The limit order to buy 1 EUR/USD at 1.2 was cancelled.'],
  ['expired', 'The limit order to buy 1 EUR/USD at 1.2 expired, nothing was dealt.'],
])('an order that was %s is told in a sentence', (state, said) =>
  expect(orderEnded(order('A', { state }))).toBe(said),
);
test('the distance to the market is counted from the price the order deals at', () => {
  const price = { bid: '1.21', offer: '1.2101' };
  expect(pointsAway({ direction: 'BUY', level: '1.2' }, price, '10000')).toBe('101');
  expect(pointsAway({ direction: 'SELL', level: '1.22' }, price, '10000')).toBe('100');
  expect(pointsAway({ direction: 'SELL', level: '0.9' }, price, '10000')).toBe('3,100');
  expect(pointsAway({ direction: 'SELL', level: '1.22' }, undefined, '10000')).toBe('–');
});
