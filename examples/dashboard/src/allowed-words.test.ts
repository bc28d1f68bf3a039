import { describe, expect, test } from 'vitest';
import type { AccountRisk, DealingSwitch } from '../../../client/index.ts';
import { allowedWords } from './allowed-words.ts';

const unlimited: AccountRisk['limits'] = {
  maxSize: null,
  maxExposure: null,
  maxDailyLoss: null,
  maxOrdersPerMinute: null,
  maxOrdersPerDay: null,
  epics: [],
};
const risk = (over: Partial<AccountRisk> = {}): AccountRisk => ({
  accountId: 'acct_1',
  environment: 'demo',
  currency: 'GBP',
  dealingState: 'active',
  missing: [],
  switches: [],
  deadMan: null,
  limits: unlimited,
  uses: [],

  today: null,
  ...over,
});
const set = (over: Partial<DealingSwitch>): DealingSwitch => ({
  scope: 'account',
  dealingState: 'halted',
  by: 'owner',
  at: new Date(0),
  reason: null,
  ...over,
});
const day = (loss: string) => ({ loss }) as NonNullable<AccountRisk['today']>;
const up = { state: 'up' } as const;

describe('opening and closing is said of an account exactly where a deal of either kind would be taken', () => {
  test.each(['up', 'degraded'] as const)('%s: both', (state) => {
    expect(allowedWords(risk(), { state })).toBe('Opening and closing');
  });
  test.each([
    ['read_only', 'Closing only, which is tried: the broker lets nobody deal on it'],
    ['offline', 'Closing only, which is tried: the broker does not answer'],
  ] as const)('%s: what the server tries, and why no more', (state, words) => {
    expect(allowedWords(risk(), { state })).toBe(words);
  });
  test.each<[string, Partial<AccountRisk>, string]>([
    ['a live account that is off', { dealingState: 'off' }, 'Nothing: live dealing is off'],
    [
      'limits that are missing',
      { dealingState: 'reduce_only', missing: ['maxSize', 'maxDailyLoss'] },
      'Closing only: its limit of the size of a deal and of the loss of a day is not set',
    ],
    [
      'a halt with its reason',
      { dealingState: 'halted', switches: [set({ reason: 'news at two' })] },
      'Closing only: you have stopped dealing on it (“news at two”)',
    ],
    [
      'what an administrator set for everything',
      {
        dealingState: 'reduce_only',
        switches: [set({ scope: 'everything', by: 'administrator', dealingState: 'reduce_only' })],
      },
      'Closing only: an administrator has allowed closing only here',
    ],
    [
      'a dead-man’s switch that fired',
      { dealingState: 'halted', switches: [set({ by: 'dead_man' })] },
      'Closing only: the dead-man’s switch has stopped dealing on it',
    ],
    [
      'a flatten that runs',
      { dealingState: 'halted', switches: [set({ scope: 'flatten' })] },
      'Closing only: everything on it is being closed',
    ],
    [
      'a loss at its limit',
      { limits: { ...unlimited, maxDailyLoss: '100' }, today: day('100') },
      'Closing only: 100.00 GBP were lost today, and the limit is 100.00',
    ],
    [
      'a loss that nobody knows',
      { limits: { ...unlimited, maxDailyLoss: '100' } },
      'Closing only: nobody knows today’s loss, since the broker has not told the account’s figures',
    ],
    [
      'a loss below its limit',
      { limits: { ...unlimited, maxSize: '1', maxDailyLoss: '100' }, today: day('99.99') },
      'Opening and closing',
    ],
  ])('%s', (_what, over, words) => {
    expect(allowedWords(risk(over), up)).toBe(words);
  });
  test('all of what forbids it is named', () => {
    expect(
      allowedWords(risk({ dealingState: 'halted', switches: [set({ scope: 'user' })] }), {
        state: 'offline',
      }),
    ).toBe(
      'Closing only, which is tried: the broker does not answer; you have stopped dealing on all of yours',
    );
  });
});
