import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOfLocal, localDayNumber, weekdayOf, zoneOffsetMs } from './time-zones.ts';

const hourMs = 3_600_000;
const dayOf = (date: string) => Date.parse(date) / 86_400_000;
const local = (zone: string, date: string, time: string) => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return new Date(instantOfLocal(zone, dayOf(date), hours * 60 + minutes)).toISOString().slice(0, 16);
};

test.each([
  ['London in winter', 'Europe/London', '2026-01-05', '09:30', '2026-01-05T09:30'],
  ['London in summer', 'Europe/London', '2026-07-06', '09:30', '2026-07-06T08:30'],
  ['New York in winter', 'America/New_York', '2026-01-05', '09:30', '2026-01-05T14:30'],
  ['Sydney in summer', 'Australia/Sydney', '2026-01-05', '10:00', '2026-01-04T23:00'],
  ['half hours', 'Asia/Kolkata', '2026-01-05', '09:15', '2026-01-05T03:45'],
  ['midnight at the end of a day', 'Europe/London', '2026-01-05', '24:00', '2026-01-06T00:00'],
  // The clocks leave an hour out: it comes as much later.
  ['the lost hour of London', 'Europe/London', '2026-03-29', '01:30', '2026-03-29T01:30'],
  ['the lost hour of New York', 'America/New_York', '2026-03-08', '02:15', '2026-03-08T07:15'],
  ['the lost hour of Sydney', 'Australia/Sydney', '2026-10-04', '02:45', '2026-10-03T16:45'],
  // They show an hour twice: the first counts.
  ['the doubled hour of London', 'Europe/London', '2026-10-25', '01:30', '2026-10-25T00:30'],
  ['the doubled hour of New York', 'America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30'],
  ['the doubled hour of Sydney', 'Australia/Sydney', '2026-04-05', '02:30', '2026-04-04T15:30'],
])('%s', (_what, zone, date, time, utc) => {
  expect(local(zone, date, time)).toBe(utc);
});

test('what the clocks show is the instant again, but for the second showing of an hour', () => {
  const zones = [
    'Europe/London',
    'America/New_York',
    'Australia/Sydney',
    'Australia/Lord_Howe',
    'Asia/Tokyo',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.parse('2020-01-01') / 60_000, max: Date.parse('2035-01-01') / 60_000 }),
      (zone, minute) => {
        const ms = minute * 60_000;
        const shown = ms + zoneOffsetMs(zone, ms);
        const day = localDayNumber(zone, ms);
        const again = instantOfLocal(zone, day, (shown - day * 86_400_000) / 60_000);
        const isSecondShowing =
          again < ms && ms - again <= hourMs && again + zoneOffsetMs(zone, again) === shown;
        expect(again === ms || isSecondShowing).toBe(true);
      },
    ),
  );
});

test('days of the week begin with Sunday, before 1970 too', () => {
  expect(['2026-01-04', '2026-01-05', '1969-12-28'].map((date) => weekdayOf(dayOf(date)))).toEqual([0, 1, 0]);
  expect(() => zoneOffsetMs('Mars/Olympus', 0)).toThrow(RangeError);
});
