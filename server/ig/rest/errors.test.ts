import { expect, test } from 'vitest';
import { IgError, toAppError } from './errors.ts';

const no = { isSessionExpired: false, isRateLimited: false, isRetryable: false, isAmbiguous: false };
const cases: [string, 'GET' | 'POST', number | null, string, Partial<typeof no>, string, boolean?][] = [
  [
    'an expired token',
    'GET',
    401,
    'error.security.oauth-token-invalid',
    { isSessionExpired: true, isRetryable: true },
    'broker.unavailable',
  ],
  [
    'an expired token of a deal: it was not booked',
    'POST',
    401,
    'error.security.client-token-invalid',
    { isSessionExpired: true, isRetryable: true },
    'broker.unavailable',
  ],
  ['a wrong password', 'POST', 401, 'error.security.invalid-details', {}, 'broker.refused'],
  [
    'an allowance used up',
    'POST',
    403,
    'error.public-api.exceeded-account-trading-allowance',
    { isRateLimited: true, isRetryable: true },
    'broker.limited',
  ],
  ['a disabled key', 'GET', 403, 'error.security.api-key-disabled', {}, 'broker.refused'],
  ['an unknown epic', 'GET', 404, 'error.public-api.epic-not-found', {}, 'broker.refused'],
  ['a read that failed inside IG', 'GET', 500, 'system.error', { isRetryable: true }, 'broker.unavailable'],
  ['a deal that failed inside IG', 'POST', 500, 'system.error', { isAmbiguous: true }, 'broker.unavailable'],
  ['a deal without an answer', 'POST', null, 'timeout', { isAmbiguous: true }, 'broker.unavailable'],
  ['a deal that never left', 'POST', null, 'connection', { isRetryable: true }, 'broker.unavailable', true],
  [
    'a deal answered by a maintenance page',
    'POST',
    200,
    'unreadable',
    { isAmbiguous: true },
    'broker.unavailable',
  ],
  [
    'a read that IG calls passing',
    'GET',
    400,
    'error.price-history.io-error',
    { isRetryable: true },
    'broker.unavailable',
  ],
];
test.each(cases)(
  '%s answers the four questions',
  (_case, method, status, errorCode, expected, appCode, neverSent = false) => {
    const error = new IgError({ method, path: '/x', status, errorCode, neverSent });
    const { isSessionExpired, isRateLimited, isRetryable, isAmbiguous } = error;
    expect({ isSessionExpired, isRateLimited, isRetryable, isAmbiguous }).toEqual({ ...no, ...expected });
    expect(toAppError(error).code).toBe(appCode);
  },
);
test('IG’s own code goes along; words of ours for a missing answer do not', () => {
  const code = (status: number | null, errorCode: string) =>
    toAppError(new IgError({ method: 'GET', path: '/x', status, errorCode })).options.brokerCode;
  expect(code(403, 'error.security.api-key-invalid')).toBe('error.security.api-key-invalid');
  expect(code(null, 'timeout')).toBeUndefined();
  expect(code(503, 'unreadable')).toBeUndefined();
});
