import { expect, test } from 'vitest';
import type { Account } from '../../../client/index.ts';
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
