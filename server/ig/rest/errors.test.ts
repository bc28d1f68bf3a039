import { expect, test } from 'vitest';
import { loginProblem } from '../../../shared/broker-words.ts';
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
  ['a disabled key', 'GET', 403, 'error.security.api-key-disabled', {}, 'broker.login_failed'],
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
    const error = new IgError({ environment: 'demo', method, path: '/x', status, errorCode, neverSent });
    const { isSessionExpired, isRateLimited, isRetryable, isAmbiguous } = error;
    expect({ isSessionExpired, isRateLimited, isRetryable, isAmbiguous }).toEqual({ ...no, ...expected });
    expect(toAppError(error).code).toBe(appCode);
  },
);
test('IG’s own code goes along; words of ours for a missing answer do not', () => {
  const code = (status: number | null, errorCode: string) =>
    toAppError(new IgError({ environment: 'demo', method: 'GET', path: '/x', status, errorCode })).options
      .brokerCode;
  expect(code(403, 'error.security.api-key-invalid')).toBe('error.security.api-key-invalid');
  expect(code(null, 'timeout')).toBeUndefined();
  expect(code(503, 'unreadable')).toBeUndefined();
});

/** Every code of the reference by status, for endpoints of all kinds and for logins; `none`: no body, or none that is JSON. */
const none = 'unreadable';
const table: [
  status: number,
  is: 'final' | 'expired' | 'limited' | 'dead key' | 'passing',
  codes: string[],
][] = [
  [
    400,
    'final',
    [
      'error.public-api.failure.encryption.required',
      'error.request.invalid.date-range',
      'error.security.api-key-missing',
      'invalid.input',
      'invalid.input.too.many.markets',
      'validation.pattern.invalid.request.expiry',
      'invalid.request.size',
      'invalid request',
    ],
  ],
  [
    401,
    'expired',
    [
      'error.security.client-token-missing',
      'error.security.account-token-missing',
      'error.security.client-token-invalid',
      'error.security.account-token-invalid',
      'error.security.oauth-token-invalid',
      'service.security.authentication.failure-invalid-client-security-token',
    ],
  ],
  [
    401,
    'final',
    [
      ...[
        'kyc.required',
        'missing.credentials',
        'pending.agreements.required',
        'preferred.account.disabled',
        'preferred.account.not.set',
      ].map((code) => `error.public-api.failure.${code}`),
      ...[
        'invalid-details',
        'account-access-denied',
        'account-migrated',
        'account-not-yet-activated',
        'account-suspended',
        'all-accounts-pending',
        'all-accounts-suspended',
        'client-suspended',
        'generic',
        'invalid-application',
        'invalid-website',
        'too-many-failed-attempts',
      ].map((code) => `error.security.${code}`),
      'authentication.failure.not-a-client-account',
      'service.clientsecurity.error.authentication.failure-generic',
    ],
  ],
  [
    403,
    'limited',
    ['api-key', 'account', 'account-trading', 'account-historical-data'].map(
      (scope) => `error.public-api.exceeded-${scope}-allowance`,
    ),
  ],
  [
    403,
    'dead key',
    [
      'error.security.api-key-disabled',
      'error.security.api-key-invalid',
      'error.security.api-key-restricted',
      'error.security.api-key-revoked',
      'unauthorised.api-key.revoked',
      'unauthorised.clientId.api-key.mismatch',
    ],
  ],
  [403, 'final', ['endpoint.unavailable.for.api-key', 'error.public-api.failure.stockbroking-not-supported']],
  [
    404,
    'final',
    ['invalid.url', 'error.confirms.deal-not-found', 'error.service.create.otc.position.instrument.invalid'],
  ],
  [405, 'passing', ['pending']],
  [500, 'passing', ['system.error', 'error.security.get.session.timeout', none]],
  [503, 'passing', [none]],
  [504, 'passing', ['error.security.authentication.timeout', none]],
  [200, 'passing', [none]],
  [
    400,
    'passing',
    [
      'error.service.execution.find',
      'error.service.marketdata.position.notional.details.null.error',
      'error.price-history.io-error',
    ],
  ],
];
test.each(
  table.flatMap(([status, is, codes]) =>
    codes.flatMap((code) => (['GET', 'POST'] as const).map((method) => [method, status, code, is] as const)),
  ),
)('%s %i %s is %s, as the reference has it', (method, status, errorCode, is) => {
  const error = new IgError({ environment: 'demo', method, path: '/x', status, errorCode });
  const { isSessionExpired, isRateLimited, isRetryable, isAmbiguous, isKeyRefused } = error;
  expect({ isSessionExpired, isRateLimited, isRetryable, isAmbiguous, isKeyRefused }).toEqual({
    isSessionExpired: is === 'expired',
    isRateLimited: is === 'limited',
    // What was refused before it was looked at may be sent again, a read after any fault that passes.
    isRetryable: is === 'expired' || is === 'limited' || (is === 'passing' && method === 'GET'),
    isAmbiguous: is === 'passing' && method === 'POST',
    isKeyRefused: is === 'dead key',
  });
});
test('a key that IG takes no more is told in the words of a refused log-in, whichever call meets it', () => {
  const codes = table.flatMap(([, is, all]) => (is === 'dead key' ? all : []));
  for (const errorCode of codes)
    for (const environment of ['demo', 'live'] as const)
      expect(
        toAppError(new IgError({ environment, method: 'GET', path: '/x', status: 403, errorCode })),
      ).toMatchObject({
        code: 'broker.login_failed',
        message: loginProblem(environment, errorCode),
        options: { brokerCode: errorCode },
      });
});
test('terms to accept, or an account that is suspended, are told in words by any call', () => {
  const message = (errorCode: string) =>
    toAppError(new IgError({ environment: 'live', method: 'GET', path: '/x', status: 401, errorCode }))
      .message;
  expect(message('error.public-api.failure.pending.agreements.required')).toBe(
    'IG live waits for you to accept its terms. Log in on its web site, accept them, then try again.',
  );
  expect(message('error.security.account-suspended')).toBe('IG live has suspended this account. Ask IG why.');
  expect(message('invalid.input')).toMatch(/refused the request/);
});
test('a caller is told when to try again, but not of the points of the week', () => {
  const after = (scope: string) =>
    toAppError(
      new IgError({
        environment: 'demo',
        method: 'GET',
        path: '/x',
        status: 403,
        errorCode: `error.public-api.exceeded-${scope}-allowance`,
      }),
    ).options.retryAfterMs;
  expect([after('account'), after('account-historical-data')]).toEqual([10_000, undefined]);
});
