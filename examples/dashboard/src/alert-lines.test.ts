import { expect, test } from 'vitest';
import type { Alert, AlertCondition } from '../../../client/index.ts';
import { alertLines, movedTo, wayTo } from './alert-lines.ts';

const market = { epic: 'CS.D.EURUSD.CFD.IP', feed: 'simulated', side: 'mid' as const };
const price: AlertCondition = { kind: 'price', ...market, direction: 'up', level: '1.2' };
const move: AlertCondition = { kind: 'move', ...market, direction: 'up', percent: '1', windowSeconds: 60 };
const close: AlertCondition = {
  kind: 'candle_close',
  ...market,
  resolution: 'HOUR',
  zone: 'UTC',
  direction: 'down',
  level: '1.1',
};
const alert = (over: Partial<Alert>) =>
  ({ id: 'alert_1', condition: price, note: null, state: 'armed', ...over }) as Alert;

test('only what waits for a level has a line, and only while it waits; one that is being moved stands where it was dropped', () => {
  const lines = (...all: Partial<Alert>[]) =>
    alertLines(all.map(alert)).map(({ label, level, note }) => [label, level, note]);
  expect(lines({ note: 'sell' }, { condition: move }, { condition: close, state: 'waiting' })).toEqual([
    ['Alert: mid up', '1.2', 'sell'],
    ['Alert: close of mid down', '1.1', null],
  ]);
  expect(lines({ state: 'done' }, { state: 'expired' })).toEqual([]);
  expect(alertLines([alert({})], new Map([['alert_1', '1.3']]))).toMatchObject([
    { level: '1.3', busy: true },
  ]);
});

test('a price comes to a level from where it is, by the side that is compared', () => {
  const quote = { bid: '1.0999', offer: '1.1003' };
  expect([wayTo('1.1', 'bid', quote), wayTo('1.1', 'offer', quote), wayTo('1.1', 'mid', quote)]).toEqual([
    'up',
    'down',
    'down',
  ]);
  expect([wayTo('1.1', 'bid', undefined), wayTo('1.1', 'mid', { bid: null, offer: '1.2' })]).toEqual([
    'up',
    'up',
  ]);
});

test('an alert that is dragged to the price’s other side waits for it from there; one whose price was not ahead, and the close of a candle, stay as they are', () => {
  const quote = { bid: '1.15', offer: '1.15' };
  expect(movedTo(alert({}), '1.1', quote)).toEqual({ ...price, level: '1.1', direction: 'down' });
  expect(movedTo(alert({ state: 'waiting' }), '1.1', quote)).toEqual({ ...price, level: '1.1' });
  expect(movedTo(alert({ condition: close }), '1.3', quote)).toEqual({ ...close, level: '1.3' });
});
