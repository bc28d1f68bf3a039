import { expect, test } from 'vitest';
import { toSchedule } from './opening-hours.ts';

const hours = (...told: [openTime: string | null, closeTime: string | null][]) => ({
  marketTimes: told.map(([openTime, closeTime]) => ({ openTime, closeTime })),
});
/** To a login in London, on a day of winter there unless told otherwise. */
const read = (over: Partial<Parameters<typeof toSchedule>[1]> = {}) => ({
  offsetMinutes: 0,
  readAt: new Date('2026-01-05T12:00:00Z'),
  ...over,
});
const us = (of: ReturnType<typeof hours>, at = read()) => toSchedule({ openingHours: of, country: 'US' }, at);

test('the same hours of New York come out whatever day they are read on, and wherever the login’s clocks are', () => {
  const expected = { timeZone: 'America/New_York', sessions: [{ opens: '09:30', closes: '16:00' }] };
  expect(us(hours(['14:30', '21:00']))).toEqual(expected);
  // New York is an hour nearer for the three weeks in which only it has summer time.
  expect(us(hours(['13:30', '20:00']), read({ readAt: new Date('2026-03-16T12:00:00Z') }))).toEqual(expected);
  expect(
    us(hours(['14:30', '21:00']), read({ offsetMinutes: 60, readAt: new Date('2026-07-06T12:00:00Z') })),
  ).toEqual(expected);
  // A login in Sydney: the session is over midnight there.
  expect(us(hours(['01:30', '08:00']), read({ offsetMinutes: 660 }))).toEqual(expected);
});

test('a market without a country has its hours in London', () => {
  expect(
    toSchedule(
      { openingHours: hours(['08:00', '18:00']), country: null },
      read({ offsetMinutes: 120, readAt: new Date('2026-07-06T12:00:00Z') }),
    ),
  ).toEqual({ timeZone: 'Europe/London', sessions: [{ opens: '07:00', closes: '17:00' }] });
});

test.each<[string, Parameters<typeof toSchedule>[0]['openingHours']]>([
  ['no hours', null],
  ['an empty list', hours()],
  ['a time that is none', hours(['07:00', '17:00'], ['18:00', '25:00'])],
  ['a time without a closing', hours(['07:00', null])],
  ['words', hours(['around', 'the clock'])],
])('%s make none: nothing is derived', (_what, openingHours) => {
  expect(toSchedule({ openingHours, country: 'GB' }, read())).toBeNull();
});

test('24:00 is midnight, and seconds are no hindrance', () => {
  expect(toSchedule({ openingHours: hours(['00:00', '24:00']), country: 'GB' }, read())?.sessions).toEqual([
    { opens: '00:00', closes: '00:00' },
  ]);
  expect(
    toSchedule({ openingHours: hours(['8:00:00', '16:30:00']), country: 'GB' }, read())?.sessions,
  ).toEqual([{ opens: '08:00', closes: '16:30' }]);
});
