import { expect, test } from 'vitest';
import type { Alert, AlertCondition, SetAlert } from '../../../client/index.ts';
import { alertLines, alertState, alertWords, setWords } from './alert-words.ts';

const market = { epic: 'CS.D.EURUSD.CFD.IP', feed: 'simulated', side: 'bid' as const };
const price: AlertCondition = { kind: 'price', ...market, direction: 'up', level: '1.2' };
const move: AlertCondition = {
  kind: 'move',
  ...market,
  direction: 'either',
  percent: '0.5',
  windowSeconds: 300,
};
const close: AlertCondition = {
  kind: 'candle_close',
  ...market,
  resolution: 'HOUR',
  zone: 'UTC',
  direction: 'down',
  level: '1.1',
};
const alert = (over: Partial<SetAlert>) =>
  ({
    id: 'alert_1',
    condition: price,
    note: null,
    state: 'armed',
    firedCount: 0,
    lastFiredAt: null,
    marketState: 'tradeable',
    ...over,
  }) as SetAlert;

test('each kind of alert says what it waits for', () => {
  expect([price, move, close].map(alertWords)).toEqual([
    'Bid rises to 1.2',
    'Bid moves by 0.5 % within 5 minutes',
    'Bid of a HOUR candle closes at 1.1 or below',
  ]);
});

test('a level that is reached already is said, and so is a market that is closed', () => {
  expect(setWords(alert({}))).toBe('The alert is set.');
  expect(setWords(alert({ state: 'waiting' }))).toContain('The price is there already');
  expect(setWords(alert({ state: 'waiting', condition: move }))).toContain('begins with the next prices');
  expect(setWords(alert({ marketState: 'closed' }))).toContain('The market is not open');
  expect(alertState(alert({ state: 'waiting', firedCount: 2 })).meaning).toContain('It was told');
});

test('only what waits for a level has a line, and only while it waits', () => {
  const lines = (...all: Partial<Alert>[]) =>
    alertLines(all.map((over) => alert(over as Partial<SetAlert>))).map(({ label, level, note }) => [
      label,
      level,
      note,
    ]);
  expect(lines({ note: 'sell' }, { condition: move }, { condition: close, state: 'waiting' })).toEqual([
    ['Alert: bid up', '1.2', 'sell'],
    ['Alert: close of bid down', '1.1', null],
  ]);
  expect(lines({ state: 'done' }, { state: 'expired' })).toEqual([]);
});
