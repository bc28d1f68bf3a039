// IG's histories as rows that are kept: one entry, one id, however and whenever it is read.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseLossless } from '../rest/json.ts';
import { toActivityRecord, toTransaction } from './history.ts';
import { Activity, Transaction } from './schemas.ts';

const entries = (
  parseLossless(readFileSync(new URL('../fixtures/activity.json', import.meta.url), 'utf8')) as unknown[]
).map((entry) => Activity.parse(entry));
const row = (over: Partial<Transaction> = {}): Transaction => ({
  dateUtc: '2026-07-03T18:20:00',
  openDateUtc: '2026-07-03T18:01:42',
  instrumentName: 'Germany 40 converted at 0.85',
  period: '-',
  profitAndLoss: '£19.95',
  transactionType: 'DEAL',
  reference: 'BCDEFGH3',
  openLevel: '20014.2',
  closeLevel: '20007.9',
  size: '-0.50',
  currency: '£',
  ...over,
});

test('an activity has the same id whatever offset the account has by now, and no two have one', () => {
  const at = new Date(0);
  const ids = entries.map((entry) => toActivityRecord(entry, 0, at).id);
  expect(entries.map((entry) => toActivityRecord(entry, 60, new Date(1)).id)).toEqual(ids);
  expect(new Set(ids).size).toBe(entries.length);
  const [first, second] = [entries[0]!, { ...entries[0]!, date: '2026-07-03T18:21:00' }];
  expect(toActivityRecord(second, 0, at).id).not.toBe(toActivityRecord(first, 0, at).id);
});

test('an activity tells what was done to which position, where it came from, and the broker’s words', () => {
  expect(toActivityRecord(entries[0]!, 60, new Date(0))).toMatchObject({
    at: new Date('2026-07-03T17:20:00Z'),
    dealId: 'DIAAAABCDEFGH03',
    name: 'Germany 40',
    channel: 'SYSTEM',
    throughApi: false,
    description: 'Position/s closed: BCDEFGH01',
    changes: [{ action: 'closed', dealId: 'DIAAAABCDEFGH01' }],
    size: '0.5',
    currency: 'EUR',
  });
});

test.each<[string, string]>([
  ['£19.95', '19.95'],
  ['US-1.00', '-1.00'],
  ['EUR-56.78', '-56.78'],
  ['EUR1,234.50', '1234.50'],
  ['A$0.00', '0.00'],
])('the amount of %s is %s', (profitAndLoss, amount) => {
  expect(toTransaction(row({ profitAndLoss })).amount).toBe(amount);
});

test('a transaction has its direction from the sign of its size, and a movement of cash neither size nor levels', () => {
  expect(toTransaction(row())).toMatchObject({
    at: new Date('2026-07-03T18:20:00Z'),
    openedAt: new Date('2026-07-03T18:01:42Z'),
    type: 'deal',
    direction: 'SELL',
    size: '0.50',
    openLevel: '20014.2',
  });
  expect(
    toTransaction(row({ transactionType: 'DEPO', size: '-', openLevel: '-', closeLevel: '0' })),
  ).toMatchObject({ type: 'deposit', direction: null, size: null, openLevel: null, closeLevel: null });
  expect(toTransaction(row({ transactionType: 'CHART' }))).toMatchObject({
    type: 'other',
    brokerType: 'CHART',
  });
});

test('money that cannot be read is not made up', () => {
  expect(() => toTransaction(row({ profitAndLoss: '-' }))).toThrow(/readable amount/);
  expect(() => toTransaction(row({ dateUtc: '03/07/26' }))).toThrow(/readable date/);
});
