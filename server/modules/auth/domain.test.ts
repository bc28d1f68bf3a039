import { describe, expect, test } from 'vitest';
import { judgeRefresh, refreshGraceMs, scopesOf } from './domain.ts';

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
