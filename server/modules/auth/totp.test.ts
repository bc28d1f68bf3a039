import { expect, test } from 'vitest';
import { makeTotpSecret, stepOf, totpCode, totpUri } from './totp.ts';

/** `12345678901234567890`, the SHA-1 seed of RFC 6238, in base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const at = (seconds: number) => new Date(seconds * 1_000);

// RFC 6238, appendix B: the last 6 of its 8 digits, as RFC 4226 truncates.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %i s of RFC 6238 the code is %s, and of that step', (seconds, code) => {
  expect(totpCode(secret, at(seconds))).toBe(code);
  expect(stepOf(secret, code, { now: at(seconds), lastStep: null })).toBe(Math.floor(seconds / 30));
});

test('a code is good from the step before its own to the step after it, and no longer', () => {
  const now = at(1_234_567_890);
  const step = Math.floor(1_234_567_890 / 30);
  for (const [steps, expected] of [
    [-2, null],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, null],
  ] as const)
    expect(stepOf(secret, totpCode(secret, at(1_234_567_890 + steps * 30)), { now, lastStep: null })).toBe(
      expected,
    );
});

test('no code of a used step or one before it is good; a step that a clock which was ahead has stored says nothing', () => {
  const now = at(1_234_567_890);
  const step = Math.floor(1_234_567_890 / 30);
  const code = totpCode(secret, now);
  const given = (lastStep: number | null) => stepOf(secret, code, { now, lastStep });
  expect([step - 1, step, step + 1, step + 2, step + 1_000_000].map(given)).toEqual([
    step,
    null,
    null,
    step,
    step,
  ]);
});

test('a secret has 160 bits, and an authenticator learns by the URI whose it is', () => {
  const made = makeTotpSecret(Buffer.alloc(32, 0xff).toString('base64url'));
  expect(made).toBe('7'.repeat(32));
  const uri = new URL(totpUri(secret, 'ann+1@example.com'));
  expect(`${uri.protocol}//${uri.host}${decodeURIComponent(uri.pathname)}`).toBe(
    'otpauth://totp/FTrader:ann+1@example.com',
  );
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'FTrader',
    secret,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});
