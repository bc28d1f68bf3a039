// Quiet hours by the clocks of three zones: over midnight, and over both changes of the clocks.
import { expect, test } from 'vitest';
import { quietUntil } from './quiet-hours.ts';

test.each<[string, string, string, string, string | null]>([
  // By day, over midnight, and the edges: the first minute is quiet, the last one is not.
  ['Europe/London', '12:00-13:30', 'noon of a plain day', '2026-01-05T12:00:00Z', '2026-01-05T13:30:00Z'],
  ['Europe/London', '12:00-13:30', 'their end', '2026-01-05T13:30:00Z', null],
  ['Europe/London', '12:00-13:30', 'just before', '2026-01-05T11:59:59.999Z', null],
  ['Europe/London', '22:00-07:00', 'the evening', '2026-01-05T23:00:00Z', '2026-01-06T07:00:00Z'],
  ['Europe/London', '22:00-07:00', 'the morning', '2026-01-06T06:59:00Z', '2026-01-06T07:00:00Z'],
  ['Europe/London', '22:00-07:00', 'the day between', '2026-01-06T12:00:00Z', null],
  ['Europe/London', '22:00-00:00', 'until midnight', '2026-01-05T23:59:00Z', '2026-01-06T00:00:00Z'],
  // London: 2026-03-29 01:00 → 02:00, 2026-10-25 02:00 → 01:00.
  ['Europe/London', '22:00-07:00', 'a night of an hour less', '2026-03-28T23:30:00Z', '2026-03-29T06:00:00Z'],
  ['Europe/London', '22:00-07:00', 'a night of an hour more', '2026-10-24T21:30:00Z', '2026-10-25T07:00:00Z'],
  ['Europe/London', '22:00-01:30', 'an end left out', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
  ['Europe/London', '22:00-01:30', 'an end shown twice', '2026-10-25T00:45:00Z', '2026-10-25T01:30:00Z'],
  ['Europe/London', '01:30-05:00', 'a beginning shown twice', '2026-10-25T00:30:00Z', '2026-10-25T05:00:00Z'],
  // New York: 2026-03-08 02:00 → 03:00, 2026-11-01 02:00 → 01:00.
  ['America/New_York', '22:00-06:00', 'a plain night', '2026-01-06T03:00:00Z', '2026-01-06T11:00:00Z'],
  ['America/New_York', '22:00-06:00', 'less', '2026-03-08T04:00:00Z', '2026-03-08T10:00:00Z'],
  ['America/New_York', '22:00-06:00', 'before more', '2026-11-01T01:59:00Z', null],
  ['America/New_York', '22:00-06:00', 'more', '2026-11-01T02:00:00Z', '2026-11-01T11:00:00Z'],
  ['America/New_York', '02:30-04:00', 'a beginning left out', '2026-03-08T07:15:00Z', null],
  ['America/New_York', '02:30-04:00', 'and then', '2026-03-08T07:45:00Z', '2026-03-08T08:00:00Z'],
  // Lord Howe: by half an hour, 2026-04-05 02:00 → 01:30, 2026-10-04 02:00 → 02:30; and a day ahead of UTC.
  ['Australia/Lord_Howe', '23:00-06:00', 'less', '2026-10-03T13:00:00Z', '2026-10-03T19:00:00Z'],
  ['Australia/Lord_Howe', '23:00-06:00', 'more', '2026-04-04T12:00:00Z', '2026-04-04T19:30:00Z'],
  ['Australia/Lord_Howe', '23:00-01:45', 'an end twice', '2026-04-04T14:50:00Z', '2026-04-04T15:15:00Z'],
  // Troll: by two hours, 2026-03-29 01:00 → 03:00, 2026-10-25 03:00 → 01:00.
  ['Antarctica/Troll', '22:00-02:30', 'an end left out', '2026-03-29T00:59:00Z', '2026-03-29T02:30:00Z'],
  ['Antarctica/Troll', '22:00-02:30', 'an end twice', '2026-10-25T00:45:00Z', '2026-10-25T02:30:00Z'],
  ['Antarctica/Troll', '22:00-01:00', 'its first minute', '2026-10-24T22:59:00Z', '2026-10-25T01:00:00Z'],
])('%s, %s: %s', (timeZone, hours, _what, at, until) => {
  const [from = '', to = ''] = hours.split('-');
  expect(quietUntil({ from, to, timeZone }, new Date(at))?.toISOString() ?? null).toBe(
    until && new Date(until).toISOString(),
  );
});
