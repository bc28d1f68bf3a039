import { expect, test } from 'vitest';
import type { Market } from '../../../client/index.ts';
import { ticketFigures } from './ticket-figures.ts';
import { levelsOf, readTicket, standingText } from './ticket-order.ts';
import { changed, emptyTicket, stopKindsOf, type TicketText } from './ticket-text.ts';
import { ticketSentence } from './ticket-words.ts';

const empty: TicketText = { ...emptyTicket, size: '1' };
const of = { accountId: 'acct_1', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' } as const;
const now = { ...of, quoted: '1.21870' };
const scale = { scalingFactor: '10000', decimalPlaces: 5 };
/** What figures are made of; the rest of a market says nothing to them. */
const market = {
  ...scale,
  unit: 'CONTRACTS',
  contractSize: '100000',
  valueOfOnePip: null,
  marginFactor: '3.33',
  marginFactorUnit: 'percentage',
} as Market;

test.each<[string, Partial<TicketText>, object]>([
  ['a size alone deals at the market', {}, { at: 'market', request: { ...of, size: '1' } }],
  [
    'distances are sent as distances',
    { stop: '20', limit: '40,5' },
    {
      at: 'market',
      request: { ...of, size: '1', stopDistancePoints: '20', limitDistancePoints: '40.5' },
    },
  ],
  [
    'levels are sent as levels, and an order has its level and its end as an instant',
    { at: 'stop', level: '1.25', as: 'level', stop: '1.24', goodTill: '2026-03-01T18:00' },
    {
      at: 'order',
      request: {
        ...of,
        size: '1',
        type: 'stop',
        level: '1.25',
        stopLevel: '1.24',
        goodTillAt: new Date(2026, 2, 1, 18),
      },
    },
  ],
  [
    'an order without an end rests until it is cancelled, and what was typed for one is nothing to a deal at the market',
    { at: 'market', level: '1.2', goodTill: '2026-03-01T18:00' },
    { at: 'market', request: { ...of, size: '1' } },
  ],
  [
    'a deal against what is open says so, and bears no stop and no limit whatever is typed',
    { against: true, stop: 'x', limit: '40' },
    { at: 'market', request: { ...of, size: '1', forceOpen: false } },
  ],
  [
    'an order that rests is never against what is open',
    { against: true, at: 'limit', level: '1.1', stop: '20' },
    { at: 'order', request: { ...of, size: '1', type: 'limit', level: '1.1', stopDistancePoints: '20' } },
  ],
  [
    'a guaranteed stop is one, of a deal and of an order',
    { at: 'stop', level: '1.3', stop: '20', stopKind: 'guaranteed' },
    {
      at: 'order',
      request: {
        ...of,
        size: '1',
        type: 'stop',
        level: '1.3',
        stopDistancePoints: '20',
        guaranteedStop: true,
      },
    },
  ],
  [
    'a stop that trails is in points while the limit is a level',
    { stop: '20', step: '5', stopKind: 'trailing', as: 'level', limit: '1.3' },
    {
      at: 'market',
      request: {
        ...of,
        size: '1',
        trailingStop: { distancePoints: '20', incrementPoints: '5' },
        limitLevel: '1.3',
      },
    },
  ],
  [
    'an order keeps no stop that trails',
    { at: 'limit', level: '1.1', stop: '20', step: '5', stopKind: 'trailing' },
    { at: 'order', request: { ...of, size: '1', type: 'limit', level: '1.1', stopDistancePoints: '20' } },
  ],
  [
    'slippage in points is counted from the price of now, against what is open too',
    { worst: '5', against: true },
    {
      at: 'market',
      request: { ...of, size: '1', forceOpen: false, level: '1.21870', tolerancePoints: '5' },
    },
  ],
  [
    'the worst fill as a level is the level',
    { worst: '1.22', as: 'level' },
    { at: 'market', request: { ...of, size: '1', level: '1.22' } },
  ],
])('%s', (_, text, order) => expect(readTicket({ ...empty, ...text }, now)).toEqual({ order }));

test('what will not do is said of its field, every field at once, and nothing is guessed', () => {
  const typed = { at: 'limit', size: '', level: '1,200', goodTill: 'soon', stop: 'x', as: 'level' } as const;
  expect(readTicket({ ...empty, ...typed }, now)).toEqual({
    missed: {
      size: 'Give a size, such as 1 or 0.5',
      level: '“1,200” can be read as 1.2 or as 1200: write it so',
      goodTillAt: 'Give a day and a time, or leave it empty',
      stopLevel: 'Give a level',
    },
  });
});

test('what a kind of stop needs is asked for, and points are counted from no price that is not there', () => {
  const missedOf = (typed: Partial<TicketText>) =>
    readTicket({ ...empty, ...typed }, { ...now, quoted: null });
  expect(missedOf({ stopKind: 'guaranteed' })).toEqual({
    missed: { stopDistancePoints: 'Give a distance in points' },
  });
  expect(missedOf({ stopKind: 'guaranteed', as: 'level' })).toEqual({
    missed: { stopLevel: 'Give a level' },
  });
  expect(missedOf({ stopKind: 'trailing', as: 'level' })).toEqual({
    missed: {
      'trailingStop.distancePoints': 'Give a distance in points',
      'trailingStop.incrementPoints': 'Give points, such as 1',
    },
  });
  expect(missedOf({ worst: '5' })).toEqual({
    missed: { tolerancePoints: 'There is no price to count it from' },
  });
});

test('only what a market and a deal take can be chosen, and points that would become a level go', () => {
  const takes = (over: object, text: Partial<TicketText> = {}) =>
    stopKindsOf({ ...empty, ...text }, {
      stopsLimitsAllowed: true,
      guaranteedStopsAllowed: true,
      dealingRules: { trailingStops: true },
      ...over,
    } as Market);
  expect(takes({})).toEqual(['normal', 'guaranteed', 'trailing']);
  expect(takes({ guaranteedStopsAllowed: false })).toEqual(['normal', 'trailing']);
  expect(takes({}, { at: 'limit' })).toEqual(['normal', 'guaranteed']);
  expect(takes({ stopsLimitsAllowed: false })).toEqual([]);
  expect(takes({}, { against: true })).toEqual([]);
  const typed: TicketText = { ...empty, as: 'level', stop: '1.1', limit: '1.3', worst: '1.22' };
  const trailing = changed(typed, { stopKind: 'trailing' });
  expect(trailing).toEqual({ ...typed, stopKind: 'trailing', stop: '' });
  const behind = { ...trailing, stop: '20' };
  expect(changed(behind, { at: 'limit' })).toMatchObject({ stop: '', limit: '1.3' });
  expect(changed(behind, { as: 'points' })).toMatchObject({ stop: '20', limit: '', worst: '' });
});

test('a preview is asked for anew when the order is another one, not when only the price moves from which slippage counts', () => {
  const textAt = (typed: Partial<TicketText>, quoted: string) => {
    const read = readTicket({ ...empty, ...typed }, { ...now, quoted });
    return 'order' in read ? standingText(read.order) : undefined;
  };
  expect(textAt({ worst: '5' }, '1.2')).toBe(textAt({ worst: '5' }, '1.3'));
  expect(textAt({ worst: '5' }, '1.2')).not.toBe(textAt({ worst: '6' }, '1.2'));
  const asLevel = { as: 'level' } as const;
  expect(textAt({ ...asLevel, worst: '1.2' }, '1')).not.toBe(textAt({ ...asLevel, worst: '1.3' }, '1'));
});

test('a stop in points lies behind the deal and a limit before it, for an order from its own level', () => {
  const text: TicketText = { ...empty, stop: '20', limit: '30' };
  expect(levelsOf(text, 'BUY', '1.21870', scale)).toEqual({
    entry: '1.21870',
    stop: '1.21670',
    limit: '1.22170',
    worst: null,
  });
  expect(levelsOf({ ...text, at: 'limit', level: '1.3' }, 'SELL', '1.21870', scale)).toEqual({
    entry: '1.3',
    stop: '1.30200',
    limit: '1.29700',
    worst: null,
  });
  expect(levelsOf(text, 'BUY', null, scale)).toEqual({
    entry: null,
    stop: null,
    limit: null,
    worst: null,
  });
  expect(levelsOf({ ...text, worst: '5' }, 'SELL', '1.21870', scale).worst).toBe('1.21820');
  const trailing = { ...text, stopKind: 'trailing', as: 'level', limit: '1.3' } as const;
  expect(levelsOf(trailing, 'BUY', '1.21870', scale)).toMatchObject({ stop: '1.21670', limit: '1.3' });
});

test('margin, a point, exposure and the loss at the stop are in the account’s currency, to the penny', () => {
  const buy = { direction: 'BUY', size: '2', entry: '1.2', stop: '1.198' } as const;
  expect(ticketFigures(buy, market, '0.8')).toEqual({
    margin: '6393.6',
    pointValue: '16',
    exposure: '192000',
    lossAtStop: '-320',
  });
  expect(ticketFigures({ ...buy, direction: 'SELL' }, market, '0.8').lossAtStop).toBeNull(); // a stop on the wrong side
  expect(ticketFigures({ ...buy, stop: null }, market, '0.8').lossAtStop).toBeNull();
  expect(ticketFigures(buy, market, null)).toEqual({
    margin: null,
    pointValue: null,
    exposure: null,
    lossAtStop: null,
  });
});

const plainStop = {
  stopKind: 'normal',
  trail: { distance: undefined, step: undefined },
  worst: null,
} as const;
test.each([
  ['market', 'BUY', 'Buys 1 EUR/USD at once, at about 1.2.'],
  ['limit', 'BUY', 'Rests until it is cancelled, and buys 1 EUR/USD when the offer falls to 1.2.'],
  ['stop', 'BUY', 'Rests until it is cancelled, and buys 1 EUR/USD when the offer rises to 1.2.'],
  ['limit', 'SELL', 'Rests until it is cancelled, and sells 1 EUR/USD when the bid rises to 1.2.'],
  ['stop', 'SELL', 'Rests until it is cancelled, and sells 1 EUR/USD when the bid falls to 1.2.'],
] as const)('a %s ticket to %s says what it will do', (at, direction, said) => {
  const named = {
    size: '1',
    name: 'EUR/USD',
    entry: '1.2',
    goodTillAt: undefined,
    against: false,
    ...plainStop,
  };
  const planned = { ...named, at, direction };
  expect(ticketSentence({ ...planned, stop: null, limit: null })).toBe(said);
  expect(ticketSentence({ ...planned, stop: '1.1', limit: '1.3' })).toMatch(
    /, with its stop at (about )?1\.1 and its limit at (about )?1\.3\.$/,
  );
});

test('a ticket against what is open says that it opens only where there is nothing, and what is too much for it', () => {
  const planned = { at: 'market', direction: 'SELL', size: '2', name: 'EUR/USD', entry: '1.2' } as const;
  expect(
    ticketSentence({
      ...planned,
      stop: null,
      limit: null,
      goodTillAt: undefined,
      against: true,
      ...plainStop,
    }),
  ).toBe(
    'Sells 2 EUR/USD at once, at about 1.2, against what is bought: it closes or reduces that, oldest first, and opens a position only where there is none. A larger size is not dealt.',
  );
});

test('a ticket says of which kind its stop is, and how bad its fill may be', () => {
  const planned = {
    ...plainStop,
    at: 'market',
    direction: 'BUY',
    size: '1',
    name: 'EUR/USD',
    entry: '1.2',
    stop: '1.1',
    limit: null,
    goodTillAt: undefined,
    against: false,
  } as const;
  expect(ticketSentence({ ...planned, stopKind: 'guaranteed', worst: '1.21' })).toBe(
    'Buys 1 EUR/USD at once, at about 1.2 and no worse than 1.21, with its guaranteed stop at about 1.1.',
  );
  const trailing = { ...planned, stopKind: 'trailing' } as const;
  expect(ticketSentence({ ...trailing, trail: { distance: '20', step: '5' } })).toBe(
    'Buys 1 EUR/USD at once, at about 1.2, with a stop that follows 20 points behind in steps of 5.',
  );
  expect(ticketSentence({ ...trailing, trail: { distance: '20', step: undefined } })).toBe(
    'Buys 1 EUR/USD at once, at about 1.2, with a stop that follows 20 points behind.',
  );
});
