// The table of live prices: what it shows of a price, and that no line is wider than the terminal.
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Tick } from '../client/index.ts';
import { ageText, movementOf, priceLine, stateText, tableLines, type Shown } from './price-table.ts';

const tick: Tick = {
  feed: 'simulated',
  epic: 'CS.D.EURUSD.CFD.IP',
  seq: 7,
  bid: '1.17000',
  offer: '1.17010',
  high: '1.18',
  low: '1.16',
  netChange: '0.00120',
  netChangePct: '0.10',
  marketState: 'tradeable',
  at: new Date('2026-01-05T09:00:00.250Z'),
  receivedAt: new Date('2026-01-05T09:00:00.300Z'),
  stale: false,
};
const shown = (over: Partial<Shown> = {}): Shown => ({
  epic: tick.epic,
  name: 'EUR/USD',
  tick,
  bid: 'same',
  offer: 'same',
  ageMs: 1_200,
  ...over,
});
const escape = '\u001B';
const lines = (row: Partial<Shown>, { colours = false, width = 120 } = {}) =>
  tableLines([shown(row)], { colours, width });

test('a row has the name, both prices as the venue spells them, the change with its sign, the age and the state', () => {
  expect(lines({})).toEqual([
    '             bid    offer    change      %  age  state',
    'EUR/USD  1.17000  1.17010  +0.00120  +0.10  1 s  tradeable',
  ]);
});

test('what moved up is green and down is red; what is stale or cannot be dealt is dim, without a direction', () => {
  const [, row] = lines({ bid: 'up', offer: 'down' }, { colours: true });
  expect(row).toContain(`${escape}[32m  1.17000${escape}[39m${escape}[31m  1.17010${escape}[39m`);
  for (const over of [{ stale: true }, { marketState: 'closed' as const }]) {
    const [, dimmed] = lines({ bid: 'up', tick: { ...tick, ...over } }, { colours: true });
    expect(dimmed).toContain(`${escape}[2m  1.17000`);
    expect(dimmed).not.toContain(`${escape}[32m`);
  }
});

test('without colours there is no escape sequence, also not from a name of the broker’s', () => {
  const all = lines({ name: `EUR${escape}[2J/USD`, bid: 'up' }).join('\n');
  expect(all).not.toContain(escape);
  expect(all).toContain('EUR?[2J/USD');
});

test('no line is wider than the terminal, with colours or without', () => {
  for (let width = 1; width <= 70; width++)
    for (const colours of [false, true])
      for (const line of lines({ bid: 'up' }, { colours, width })) {
        expect([...stripVTControlCharacters(line)].length).toBeLessThanOrEqual(width);
      }
});

test('a market without a price says so', () => {
  expect(lines({ tick: undefined, ageMs: undefined })[1]).toMatch(/^EUR\/USD +– +– +– +– +– +no price yet$/);
});

test('a stale price says why, where that is known', () => {
  expect(stateText({ ...tick, stale: true })).toBe('stale');
  const staleReason = { code: 'feed_down' as const, message: 'nothing of the feed arrives' };
  expect(stateText({ ...tick, stale: true, staleReason })).toBe('stale: feed down');
  expect(stateText({ ...tick, marketState: 'auction_no_edits' })).toBe('auction no edits');
});

test.each([
  [-5_000, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [172_800_000, '2 d'],
])('an age of %i ms is %s', (ms, text) => expect(ageText(ms)).toBe(text));

test('a price that is spelt another way has not moved', () => {
  expect(movementOf('1.10', '1.1000')).toBe('same');
  expect(movementOf('9.9', '10.1')).toBe('up');
  expect(movementOf('10.1', '9.9')).toBe('down');
  expect([movementOf(undefined, '1'), movementOf('1', null)]).toEqual(['same', 'same']);
});

test('a line for a file has the instant, the epic, both prices and the state', () => {
  expect(priceLine({ ...tick, offer: null })).toBe(
    '2026-01-05T09:00:00.250Z CS.D.EURUSD.CFD.IP 1.17000 - tradeable',
  );
});
