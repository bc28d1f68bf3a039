// Something asked of the server by a press: once at a time, with what came of it. For what deals, see intent.ts.
import { useRef, useState } from 'react';
import { problemOf, type ProblemText } from './problem.tsx';

export interface Action {
  busy: boolean;
  /** Why the last one failed; undefined while one is under way. */
  problem: ProblemText | undefined;
  /** Runs `call`, and `done` with its answer. A second press while the first is under way does nothing. */
  run<T>(call: () => Promise<T>, done: (answer: T) => unknown): Promise<void>;
  clear(): void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemText>();
  const running = useRef(false);
  return {
    busy,
    problem,
    async run(call, done) {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setProblem(undefined);
      try {
        await done(await call());
      } catch (error) {
        setProblem(problemOf(error));
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    clear: () => setProblem(undefined),
  };
}
