// Why something fails, for tests of errors.
import { TRPCError } from '@trpc/server';
import { expect } from 'vitest';

/** Why `work` fails: the error, or what a procedure's error was caused by. Work that ends fails the test. */
export const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof TRPCError ? error.cause : error),
  );
