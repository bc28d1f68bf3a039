import { describe, expect, test } from 'vitest';
import { judgeRefresh, networkOf, refreshGraceMs, scopesOf } from './domain.ts';

const now = new Date('2026-01-05T09:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const later = ago(-60_000);

describe('a refresh token', () => {
  test.each([
    ['unused rotates', later, null, 'rotate'],
    ['used just now is answered again', later, ago(0), 'repeat'],
    ['used by a process whose clock is ahead is answered again', later, ago(-500), 'repeat'],
    ['used within the grace is answered again', later, ago(refreshGraceMs - 1), 'repeat'],
    ['used before the grace ends its session', later, ago(refreshGraceMs), 'reused'],
    ['is refused at its last instant', now, null, 'expired'],
    ['used, but past its time, is only refused', ago(1), ago(60_000), 'expired'],
  ] as const)('%s', (_title, expiresAt, usedAt, verdict) => {
    expect(judgeRefresh({ expiresAt, usedAt }, now)).toBe(verdict);
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::1', '2001:db8:1:2'],
  ['2001:0db8:0001:0000::1', '2001:db8:1:0'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

test('only an admin holds the scope admin, and nobody is given public', () => {
  expect([...scopesOf({ isAdmin: false })]).toEqual([
    'session',
    'market',
    'account:read',
    'trade:open',
    'trade:close',
  ]);
  expect(scopesOf({ isAdmin: true })).toContain('admin');
});
