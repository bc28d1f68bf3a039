// Reading FTrader's typed error object out of what a failed call throws.
import { TRPCClientError } from '@trpc/client';
import type { ErrorBody } from '../shared/errors.ts';

/** The server's error object behind a rejected call, or undefined when no answer of FTrader came (network, abort, a bug of the caller). */
export function errorOf(error: unknown): ErrorBody | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const { data } = error as { data?: Partial<ErrorBody> | null };
  return typeof data?.code === 'string' &&
    typeof data.message === 'string' &&
    typeof data.requestId === 'string'
    ? (data as ErrorBody)
    : undefined;
}
