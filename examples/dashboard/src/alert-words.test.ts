import { expect, test } from 'vitest';
import type { AlertCondition, SetAlert } from '../../../client/index.ts';
import { alertFacts, alertState, alertWords, dormantWords, namedWords, setWords } from './alert-words.ts';

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
const account = { accountId: 'acct_1', environment: 'simulated' as const };
const margin: AlertCondition = { kind: 'margin_level', ...account, level: '150' };
const profit: AlertCondition = {
  kind: 'position_profit',
  ...account,
  dealId: 'D1',
  direction: 'down',
  amount: '-50',
};
const alert = (over: Partial<SetAlert>) =>
  ({
    id: 'alert_1',
    name: 'EUR/USD',
    condition: price,
    repeat: 'once',
    rearmBand: '0',
    note: null,
    state: 'armed',
    firedCount: 0,
    lastFiredAt: null,
    lastFiredLate: false,
    lastValue: null,
    expiresAt: null,
    marketState: 'tradeable',
    ...over,
  }) as SetAlert;
const told = { firedCount: 2, lastFiredAt: new Date(), lastValue: '1.21' };

test('each kind of alert says what it waits for', () => {
  expect([price, move, close, margin].map((each) => alertWords(each))).toEqual([
    'Bid rises to 1.2',
    'Bid moves by 0.5 % within 5 minutes',
    'Bid closes a candle of 1 hour at 1.1 or below',
    'Margin level falls to 150 %',
  ]);
  expect(namedWords(alert({ condition: profit, name: 'BUY 1 EUR/USD' }), 'GBP')).toBe(
    'Buy 1 EUR/USD: P&L falls to −50 GBP',
  );
});

test('a level that is reached already is said, and so is a market that is closed', () => {
  expect(setWords(alert({}))).toBe('The alert is set.');
  expect(setWords(alert({ state: 'waiting' }))).toContain('It is there already');
  expect(setWords(alert({ state: 'waiting', condition: move }))).toContain('begins with the next prices');
  expect(setWords(alert({ marketState: 'closed' }))).toContain('The market is not open');
});

test('what came of an alert is said: how often it was told and that it was late, that its time is up, that its position is closed', () => {
  const meaning = (over: Partial<SetAlert>) => alertState(alert(over)).meaning;
  expect(meaning({ state: 'done', ...told })).toMatch(/^Told 2 times, last at 1\.21, [^:]*(:\d\d)+\.$/);
  expect(meaning({ state: 'waiting', ...told, lastFiredLate: true })).toMatch(
    /: late, as its prices were not seen then\. It counts again once/,
  );
  expect(meaning({ state: 'expired', expiresAt: new Date() })).toMatch(/^Since .*never told\.$/);
  expect(meaning({ state: 'done', condition: profit })).toBe('Its position was closed before.');
});

test('how often it is told, with what band, and until when stands below it while it counts', () => {
  const expiresAt = new Date(Date.now() + 5_000);
  expect(alertFacts(alert({ repeat: 'every', rearmBand: '0.001', note: 'sell', expiresAt }))).toEqual([
    'sell',
    'every time, after it came back by more than 0.001',
    expect.stringMatching(/^until /),
  ]);
  expect(alertFacts(alert({ state: 'expired', expiresAt }))).toEqual([
    'once',
    expect.stringMatching(/^Since /),
  ]);
});

test('a market that is closed, or whose prices do not come in, says that its alerts do nothing', () => {
  expect(dormantWords({ marketState: 'closed', stale: true })).toMatch(/^Closed: nothing happens/);
  expect(dormantWords({ marketState: 'tradeable', stale: true })).toContain('told late');
  expect([dormantWords({ marketState: 'tradeable', stale: false }), dormantWords(undefined)]).toEqual([
    undefined,
    undefined,
  ]);
});
