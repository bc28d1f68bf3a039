import { expect, test } from 'vitest';
import { accountTypeOf } from '../../../server/ig-simulator/market/instrument.ts';
import { instrumentByEpic } from '../../../server/ig-simulator/market/instruments.ts';
import { usualMarkets } from '../../../shared/usual-markets.ts';
import { unknownEpics } from './markets.ts';

const asked = ['CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP', 'UA.D.AAPL.CASH.IP'];

test.each([
  ['its place, bracketed', { 'epics[1]': 'is not known' }, ['IX.D.FTSE.IFE.IP']],
  ['its place, dotted', { 'epics.2': 'is not known' }, ['UA.D.AAPL.CASH.IP']],
  [
    'its name in the text',
    { epics: 'unknown: IX.D.FTSE.IFE.IP, UA.D.AAPL.CASH.IP.' },
    ['IX.D.FTSE.IFE.IP', 'UA.D.AAPL.CASH.IP'],
  ],
  ['its name as the path', { 'IX.D.FTSE.IFE.IP': 'unknown' }, ['IX.D.FTSE.IFE.IP']],
  ['nothing', {}, []],
])('an unknown epic is found by %s', (_how, fields, unknown) =>
  expect(
    unknownEpics({ code: 'market_data.unknown_epic', fields: fields as Record<string, string> }, asked),
  ).toEqual(unknown),
);

test('an error about something else drops no market', () => {
  expect(unknownEpics({ code: 'server.unavailable', fields: { 'epics[0]': 'x' } }, asked)).toEqual([]);
});
test.each(['CFD', 'SPREADBET'] as const)(
  'the usual markets of an account for %s are a dozen that such an account deals in',
  (type) => {
    const epics = usualMarkets[type];
    expect(new Set(epics).size).toBe(12);
    expect(epics.map((epic) => accountTypeOf(instrumentByEpic.get(epic)!))).toEqual(epics.map(() => type));
  },
);
test('the usual markets are the same underlyings for both kinds of account, in the same order', () => {
  const [cfds, bets] = (['CFD', 'SPREADBET'] as const).map((type) =>
    usualMarkets[type].map((epic) => instrumentByEpic.get(epic)!.marketId),
  );
  expect(bets).toEqual(cfds);
});
