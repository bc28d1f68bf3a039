import { expect, test } from 'vitest';
import type { Position } from '../../../client/index.ts';
import { amended, chartLines, levelAt, spread } from './chart-lines.ts';
import type { ShownOrder } from './order-book.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const position = (over: Partial<Position>) =>
  ({
    epic,
    dealId: 'P1',
    direction: 'BUY',
    size: '2',
    level: '1.2',
    stopLevel: '1.19',
    limitLevel: '1.23',
    trailingStop: null,
    ...over,
  }) as Position;
const order = (over: Partial<ShownOrder>) =>
  ({
    epic,
    dealId: 'O1',
    direction: 'SELL',
    size: '1',
    type: 'limit',
    level: '1.25',
    stopDistancePoints: '20',
    limitDistancePoints: null,
    ...over,
  }) as ShownOrder;
const shown = (lines: ReturnType<typeof chartLines>) =>
  lines.map(({ label, level, amends }) => [label, level, amends !== undefined]);

test('a position has a line where it was opened and one for each of its ends, which can be dragged', () => {
  expect(
    shown(chartLines(epic, [position({}), position({ epic: 'IX.D.FTSE.IFE.IP' })], [], '10000')),
  ).toEqual([
    ['Buy 2', '1.2', false],
    ['Stop of Buy 2', '1.19', true],
    ['Limit of Buy 2', '1.23', true],
  ]);
  const [, stop, limit] = chartLines(epic, [position({})], [], '10000');
  expect([stop!.amends, limit!.amends]).toEqual([
    { of: 'position', dealId: 'P1', what: 'stopLevel' },
    { of: 'position', dealId: 'P1', what: 'limitLevel' },
  ]);
});
test('a stop that trails is drawn and not dragged, an end that is not set is not drawn', () => {
  const trailing = position({
    limitLevel: null,
    trailingStop: { distancePoints: '10', incrementPoints: '1' },
  });
  expect(shown(chartLines(epic, [trailing], [], '10000'))).toEqual([
    ['Buy 2', '1.2', false],
    ['Stop of Buy 2', '1.19', false],
  ]);
});
test.each([
  ['SELL', { stopDistancePoints: '20' }, ['Stop of Sell 1 limit', '1.252']],
  ['SELL', { stopDistancePoints: null, limitDistancePoints: '20' }, ['Limit of Sell 1 limit', '1.248']],
  ['BUY', { stopDistancePoints: '20' }, ['Stop of Buy 1 limit', '1.248']],
  ['BUY', { stopDistancePoints: null, limitDistancePoints: '20' }, ['Limit of Buy 1 limit', '1.252']],
] as const)(
  'an end of an order to %s lies so many points from its level',
  (direction, ends, [label, level]) => {
    const lines = chartLines(epic, [], [order({ direction, ...ends })], '10000');
    expect(lines[0]).toMatchObject({ level: '1.25', amends: { of: 'order', dealId: 'O1', what: 'level' } });
    expect(shown(lines.slice(1))).toEqual([[label, level, true]]);
    // Dragged to where it is, it is as far from its order as it was.
    expect(Object.values(amended(lines[1]!.amends!, level))).toEqual(['20']);
  },
);
test('what is sent of a dragged end of an order is its distance from the order, below zero on the other side of it', () => {
  const [, stop] = chartLines(epic, [], [order({})], '10000');
  expect(amended(stop!.amends!, '1.2535')).toEqual({ stopDistancePoints: '35' });
  expect(amended(stop!.amends!, '1.2499')).toEqual({ stopDistancePoints: '-1' });
  const [, end] = chartLines(epic, [position({})], [], '10000');
  expect(amended(end!.amends!, '1.18')).toEqual({ stopLevel: '1.18' });
});
test('without a scale the ends of an order have no place', () => {
  expect(shown(chartLines(epic, [], [order({})], undefined))).toEqual([['Sell 1 limit', '1.25', true]]);
});
test('a place in the chart is a level with the places of the market', () => {
  expect([levelAt(1.2156789, 5), levelAt(45_612.56, 1), levelAt(45_612.56, 0)]).toEqual([
    '1.21568',
    '45612.6',
    '45613',
  ]);
});

test.each([
  ['stand at their lines', [50, 20, 80], [50, 20, 80]],
  ['stand at the edge whose lines lie beyond it', [-100, 50, 500], [5, 50, 95]],
  ['stand one below the other whose lines are near', [50, 52, 48], [58, 68, 48]],
  ['stand one above the other at the bottom', [500, 600, 93], [85, 95, 75]],
])('marks of ten in a hundred %s', (_what, ys, places) =>
  expect(spread(ys, { mark: 10, height: 100 })).toEqual(places),
);
