// What TanStack's infinite queries add to the input of a list, taken out again: the server refuses what it does not read.
import type { TRPCLink } from '@trpc/client';
import type { AppRouter } from '../server/api/router.ts';

/**
 * `infiniteQueryOptions` of tRPC writes `direction: 'forward' | 'backward'` into each input, whatever the list takes, and `cursor: null`
 * into that of the first page. No query of FTrader has such a `direction` or reads a null cursor.
 */
export const plainPages: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    next(op.type === 'query' ? { ...op, input: plainInput(op.input) } : op);

function plainInput(input: unknown): unknown {
  const { direction, cursor, ...rest } = { ...(input as { direction?: unknown; cursor?: unknown } | null) };
  if (direction !== 'forward' && direction !== 'backward') return input;
  return typeof cursor === 'string' ? { ...rest, cursor } : rest;
}
