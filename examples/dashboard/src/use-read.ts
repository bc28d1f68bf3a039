// Something that is read when it is first shown and whenever something else is asked for; what was read last stays until the answer.
import { useEffect, useState } from 'react';
import { readOnce } from './follow.ts';
import type { ProblemText } from './problem.tsx';

/** Give it the same `read` for as long as the same is asked for; undefined: nothing yet. */
export function useRead<T>(read: (() => Promise<T>) | undefined): {
  data: T | undefined;
  problem: ProblemText | undefined;
} {
  const [state, setState] = useState<{ data?: T; problem?: ProblemText | undefined }>({});
  useEffect(
    () =>
      read &&
      readOnce(
        read,
        (data) => setState({ data }),
        (problem) => setState((before) => ({ ...before, problem })),
      ),
    [read],
  );
  return { data: state.data, problem: state.problem };
}

/** The same for what can change under one's hands: `again` reads it anew. `read` depends on nothing that changes. */
export function useReread<T>(read: () => Promise<T>) {
  const [asked, ask] = useState(() => read);
  return { ...useRead(asked), again: () => ask(() => () => read()) };
}
