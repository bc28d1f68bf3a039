import { expect, test } from 'vitest';
import { defaultEpics, unknownEpics } from './markets.ts';

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
test('the default list is a dozen markets, each once', () => {
  expect(new Set(defaultEpics).size).toBe(12);
});
