import { expect, test } from 'vitest';
import type { Account } from '../../../client/index.ts';
import { commandsOf, fitting, marketAsked } from './commands.ts';

const named = (name: string) => ({ id: name, name, run: () => {} });

test('a command is found by any of its words, in any order and case, and by nothing that is not in it', () => {
  const commands = [named('Close Buy 1 EUR/USD'), named('Go to History')];
  expect(fitting(commands, 'eur CLOSE')).toEqual([commands[0]]);
  expect(fitting(commands, ' ')).toEqual(commands);
  expect(fitting(commands, 'close history')).toEqual([]);
});

test.each([
  ['eur', { query: 'eur', direction: undefined }],
  ['buy eur usd', { query: 'eur usd', direction: 'BUY' }],
  ['Sell  gold ', { query: 'gold', direction: 'SELL' }],
  ['buy', { query: '', direction: 'BUY' }],
  ['buyers', { query: 'buyers', direction: undefined }],
] as const)('%j asks for the market or the ticket %j', (typed, asked) => {
  expect(marketAsked(typed)).toEqual(asked);
});

test('the faults of the simulated broker are offered where the account is simulated, and nowhere else', () => {
  const idsOn = (environment: 'simulated' | 'live') => {
    const account = { id: 'acct_1', environment, name: 'Mine', brokerAccountId: 'A1' } as Account;
    const known = { isAdmin: false, accounts: [account], account, positions: [], orders: [] };
    return commandsOf(known, {} as Parameters<typeof commandsOf>[1]).map(({ id }) => id);
  };
  expect(idsOn('simulated')).toContain('faults');
  expect(idsOn('live')).toContain('kill');
  expect(idsOn('live')).not.toContain('faults');
});
