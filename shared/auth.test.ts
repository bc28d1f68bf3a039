import { expect, test } from 'vitest';
import { TimeZone } from './auth.ts';

test.each(['+05:30', '-0500', '+00:00', 'Nowhere/Land', ''])('%j is no IANA zone', (zone) => {
  expect(TimeZone.safeParse(zone).success).toBe(false);
});
test.each(['Asia/Kolkata', 'UTC', 'Etc/GMT+5'])('%s is one', (zone) => {
  expect(TimeZone.safeParse(zone).success).toBe(true);
});
