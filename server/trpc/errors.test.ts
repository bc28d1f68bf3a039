import { expect, test } from 'vitest';
import { toAppError, toErrorBody } from './errors.ts';

test.each([
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
])('a database that is gone is server.unavailable, however the driver says it: %s', (message) => {
  expect(toAppError(new Error('Failed query', { cause: new Error(message) })).code).toBe(
    'server.unavailable',
  );
});

test.each([
  '53100',
  '53200',
  '53300',
  '53400',
  '25006',
  '57014',
  '55P03',
  '57P03',
  '58030',
  '08006',
  '40001',
  'EHOSTUNREACH',
])(
  'a database that cannot do it now (%s) is server.unavailable and worth another try, and a mistake of ours is neither',
  (code) => {
    const wrapped = (of: string) =>
      new Error('Failed query', { cause: Object.assign(new Error('…'), { code: of }) });
    const error = toAppError(wrapped(code));
    expect([error.code, toErrorBody(error, 'r').retryable]).toEqual(['server.unavailable', true]);
    for (const mistake of ['42P01', '23505', '22003', '25P01x', '42501'])
      expect(toAppError(wrapped(mistake)).code).toBe('server.bug');
  },
);
