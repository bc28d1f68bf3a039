import { expect, test } from 'vitest';
import type { Account, StreamMessage, TradingEvent } from '../../../client/index.ts';
import { afterMessage, asksForReading } from './account-events.ts';
import { accountName } from './account-words.ts';
import { accountOf } from './accounts.ts';

const account = (id: string, isDefault = false): Account => ({
  id,
  isDefault,
  environment: 'demo',
  feed: 'demo',
  brokerAccountId: id.toUpperCase(),
  type: 'CFD',
  name: 'Savings',
  currency: 'GBP',
  createdAt: new Date(0),
  disconnectedAt: null,
  liveDealing: null,
  health: { state: 'up', since: new Date(0), problem: null },
});
const [a, b, c] = [account('a'), account('b', true), account('c')];

test('the page is about the account that was chosen; about the default where none was, or it is gone', () => {
  expect(accountOf([a, b, c], 'c')).toBe(c);
  expect(accountOf([a, b, c], null)).toBe(b);
  expect(accountOf([a, b], 'c')).toBe(b);
  expect(accountOf([a, c], null)).toBe(a);
  expect(accountOf([], 'c')).toBe(undefined);
  expect(accountOf(undefined, 'c')).toBe(undefined);
});
test('a name that only repeats the environment is not said twice', () => {
  expect(accountName(a)).toBe('Savings A');
  expect(accountName({ ...a, environment: 'simulated', name: 'Simulated' })).toBe('A');
});

const message = (type: TradingEvent['type'], accountId: string, data: object) =>
  ({ id: '1', type, at: new Date(0), accountId, environment: 'demo', data }) as StreamMessage<TradingEvent>;
const limits = { maxSize: '2', maxDailyLoss: '100' };

test('news of an account changes that account alone, and nothing of it that the news does not tell', () => {
  const known = { list: [a, b], riskNews: 0 };
  const health = { state: 'offline', since: new Date(1), problem: { message: 'away', brokerCode: null } };
  const renamed = { ...a, name: 'as it was called then' };
  const degraded = afterMessage(known, message('account.degraded', 'a', { ...renamed, health }));
  expect(degraded).toEqual({ list: [{ ...a, health }, b], riskNews: 0 });
  const enabled = afterMessage(
    known,
    message('dealing.live_enabled', 'b', { dealingState: 'active', limits }),
  );
  expect(enabled).toEqual({
    list: [a, { ...b, liveDealing: true }],
    riskNews: 1,
  });
  const off = afterMessage(enabled, message('dealing.live_disabled', 'b', { dealingState: 'off', limits }));
  expect(off.list).toEqual([a, { ...b, liveDealing: false }]);
  expect(off.riskNews).toBe(2);
  expect(afterMessage(known, message('deal.accepted', 'a', {}))).toBe(known);
  expect(afterMessage({ list: undefined, riskNews: 0 }, message('account.restored', 'a', renamed)).list).toBe(
    undefined,
  );
});
test('whatever changes what may be dealt has it read again', () => {
  const types = [
    'dealing.halted',
    'dealing.resumed',
    'risk.limits_changed',
    'dead_man.fired',
    'cash.changed',
  ];
  for (const type of types as TradingEvent['type'][]) {
    const known = { list: [a, b], riskNews: 3 };
    expect(afterMessage(known, message(type, 'a', {}))).toEqual({ ...known, riskNews: 4 });
  }
});
test('only what an event does not tell is read: which accounts there are', () => {
  const reads = (type: TradingEvent['type']) => asksForReading(message(type, 'a', {}));
  expect(reads('account.connected') && reads('account.disconnected')).toBe(true);
  expect(reads('account.degraded') || reads('risk.limits_changed') || reads('deal.accepted')).toBe(false);
});
