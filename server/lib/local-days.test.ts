import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayIn, longestDayMs, startOfDate } from './local-days.ts';

const hours = ({ startsAt, endsAt }: ReturnType<typeof dayIn>) =>
  (endsAt.getTime() - startsAt.getTime()) / 3_600_000;

test.each([
  ['UTC', '2026-01-05T09:00:00Z', '2026-01-05', '2026-01-05T00:00:00.000Z', 24],
  ['Europe/London', '2026-07-01T23:30:00Z', '2026-07-02', '2026-07-01T23:00:00.000Z', 24],
  ['America/New_York', '2026-01-05T04:59:59.999Z', '2026-01-04', '2026-01-04T05:00:00.000Z', 24],
  ['Asia/Kathmandu', '2026-01-05T18:15:00Z', '2026-01-06', '2026-01-05T18:15:00.000Z', 24],
  ['Europe/London', '2026-03-29T12:00:00Z', '2026-03-29', '2026-03-29T00:00:00.000Z', 23],
  ['Europe/London', '2026-10-25T12:00:00Z', '2026-10-25', '2026-10-24T23:00:00.000Z', 25],
  // Where the clocks are put forward at midnight there is none: the day begins at one.
  ['Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-24', '2026-04-23T22:00:00.000Z', 23],
  // Crossed the date line: there was no 30 December.
  ['Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-29', '2011-12-29T10:00:00.000Z', 24],
])('in %s the day of %s is %s', (zone, at, on, startsAt, length) => {
  const day = dayIn(zone, new Date(at));
  expect(day.on).toBe(on);
  expect(day.startsAt.toISOString()).toBe(startsAt);
  expect(hours(day)).toBe(length);
});

const zones = [
  'UTC',
  'Europe/London',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Apia',
];
test('days of a zone follow each other without a gap, and each instant lies in its own', () => {
  const at = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2036, 0, 1) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), at, (zone, ms) => {
      const day = dayIn(zone, new Date(ms));
      expect(day.startsAt.getTime()).toBeLessThanOrEqual(ms);
      expect(day.endsAt.getTime()).toBeGreaterThan(ms);
      expect(day.endsAt.getTime() - day.startsAt.getTime()).toBeLessThan(longestDayMs);
      expect(dayIn(zone, day.endsAt).startsAt).toEqual(day.endsAt);
      expect(dayIn(zone, new Date(day.endsAt.getTime() - 1))).toEqual(day);
    }),
    { numRuns: 300 },
  );
});

test('a date starts where the day that holds an instant of it does, whatever the zone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones, 'Africa/Cairo', 'Pacific/Apia', 'America/Sao_Paulo', 'Asia/Tehran'),
      fc.date({ min: new Date('1995-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
      (zone, at) => {
        const { on, startsAt, endsAt } = dayIn(zone, at);
        const [year, month, day] = on.split('-').map(Number) as [number, number, number];
        const date = { year, month, day };
        expect(new Date(startOfDate(zone, date))).toEqual(startsAt);
        expect(new Date(startOfDate(zone, { ...date, day: date.day + 1 }))).toEqual(endsAt);
      },
    ),
    { numRuns: 300 },
  );
});

test('a date whose midnight comes twice starts with the second, as the day does', () => {
  const at = new Date('2008-11-01T12:00:00Z'); // clocks go back at 0:01 of the 2nd
  const next = startOfDate('America/St_Johns', { year: 2008, month: 11, day: 2 });
  expect(new Date(next)).toEqual(new Date('2008-11-02T03:30:00Z'));
  expect(dayIn('America/St_Johns', at).endsAt).toEqual(new Date(next));
  const shownFirst = new Date('2008-11-02T02:30:30Z'); // 0:00:30 of the 2nd, for the first time
  expect(dayIn('America/St_Johns', shownFirst)).toEqual(dayIn('America/St_Johns', at));
});

test('a date that a zone left out starts with the next one', () => {
  const left = startOfDate('Pacific/Apia', { year: 2011, month: 12, day: 30 });
  expect(left).toBe(startOfDate('Pacific/Apia', { year: 2011, month: 12, day: 31 }));
  expect(new Date(left)).toEqual(new Date('2011-12-30T10:00:00Z'));
});
