// What the page wants until it has it: a subscription for as long as it shows what it brings, a list once. What fails is asked for again.
import { errorOf, retryDelayMs } from '../../../client/index.ts';
import { problemOf, type ProblemText } from './problem.tsx';

interface Handlers<T> {
  // Not a method: what a stream brings must be all that is handled.
  onData: (data: T) => void;
  onError: (error: unknown) => void;
  onComplete: () => void;
}
/** It failed, or works again: undefined. */
export type OnProblem = (problem: ProblemText | undefined) => void;

/** A lost socket is mended by the client below this; here is what ends a subscription itself. Returns how to stop. */
export function follow<T>(
  subscribe: (handlers: Handlers<T>) => { unsubscribe(): void },
  onData: (data: T) => void,
  onProblem: OnProblem,
): () => void {
  let [stopped, failures] = [false, 0];
  let retry: ReturnType<typeof setTimeout> | undefined;
  let current: { unsubscribe(): void } | undefined;
  const again = (afterMs: number) =>
    void (retry = setTimeout(start, Math.max(afterMs, retryDelayMs(failures++))));
  function start() {
    current = subscribe({
      onData(data) {
        if (stopped) return;
        if (failures > 0) onProblem(undefined);
        failures = 0;
        onData(data);
      },
      onError(error) {
        if (stopped) return;
        onProblem(problemOf(error));
        const known = errorOf(error);
        if (!known || known.retryable) again(known?.retryAfterMs ?? 0);
      },
      onComplete: () => void (stopped || again(0)),
    });
  }
  start();
  return () => {
    stopped = true;
    clearTimeout(retry);
    current?.unsubscribe();
  };
}

/**
 * The same for a money stream: it goes on after the last event seen, also when it had to be asked for anew. On `snapshot.needed` the
 * lists are to be read; every event after it follows, so what is read and what is told may be merged in any order.
 */
export function followEvents<M extends { id: string }>(
  subscribe: (
    input: { lastEventId?: string },
    handlers: Handlers<{ id: string; data: M }>,
  ) => { unsubscribe(): void },
  onMessage: (message: M) => void,
  onProblem: OnProblem,
): () => void {
  let lastEventId: string | undefined;
  return follow<{ id: string; data: M }>(
    (handlers) => subscribe(lastEventId === undefined ? {} : { lastEventId }, handlers),
    ({ id, data }) => {
      lastEventId = id;
      onMessage(data);
    },
    onProblem,
  );
}

/** Reads something once; a failure that may pass is tried again, with growing pauses. Returns how to stop. */
export function readOnce<T>(
  read: () => Promise<T>,
  onData: (data: T) => void,
  onProblem: OnProblem,
): () => void {
  let stopped = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const attempt = (failures: number) =>
    void read().then(
      (data) => {
        if (stopped) return;
        if (failures > 0) onProblem(undefined);
        onData(data);
      },
      (error: unknown) => {
        if (stopped) return;
        onProblem(problemOf(error));
        const known = errorOf(error);
        if (!known || known.retryable)
          retry = setTimeout(
            () => attempt(failures + 1),
            Math.max(known?.retryAfterMs ?? 0, retryDelayMs(failures)),
          );
      },
    );
  attempt(0);
  return () => {
    stopped = true;
    clearTimeout(retry);
  };
}
