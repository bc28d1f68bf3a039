// Something that is read of the server for as long as it is shown: once for all who ask for the same, again when somebody comes back to the tab.
import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { errorOf, retryDelayMs } from '../../../client/index.ts';
import { problemOf, type ProblemText } from './problem.tsx';

/** What was read by one user is nothing to the next: it is cleared when another signs in. */
export const createReadings = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always', // a server on this machine answers without a network
        placeholderData: keepPreviousData,
        // What may pass is tried for as long as it is asked for, with growing pauses.
        retry: (_failures, error) => errorOf(error)?.retryable ?? true,
        retryDelay: (failures, error) => Math.max(errorOf(error)?.retryAfterMs ?? 0, retryDelayMs(failures)),
      },
    },
  });

export interface Reading<T> {
  /** What was read last, also of what was asked for before, until the answer is there. */
  data: T | undefined;
  problem: ProblemText | undefined;
  /** Resolves once it is read anew. */
  again(): Promise<unknown>;
}

/** `key` names what is asked for, with all it depends on. Without `read` nothing is asked yet. */
export function useReading<T>(
  key: readonly unknown[],
  read: (() => Promise<T>) | undefined,
  { everyMs }: { everyMs?: (known: T) => number | false } = {},
): Reading<T> {
  const query = useQuery({
    queryKey: key,
    queryFn: read,
    enabled: read !== undefined,
    refetchInterval: ({ state: { data } }) => (data !== undefined && everyMs ? everyMs(data) : false),
  });
  const failure = query.failureReason ?? query.error;
  return { data: query.data, problem: failure ? problemOf(failure) : undefined, again: query.refetch };
}
