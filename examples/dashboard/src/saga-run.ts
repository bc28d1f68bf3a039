// Ending everything under one key: asked until it has ended, however often an answer is lost. No drawing here.
import { errorOf, retryDelayMs, type SagaKind, type SagaOutcome } from '../../../client/index.ts';
import { isRefusal } from './intent.ts';
import { problemOf, type ProblemText } from './problem.tsx';

/** What was pressed, as it is kept across a reload. */
export interface AskedSaga {
  kind: SagaKind;
  key: string;
  /** An answer has come: it runs on the server whatever becomes of the page. */
  begun: boolean;
}
export interface SagaState {
  asked: AskedSaga;
  /** `doubtful`: nobody can tell here whether it arrived. `refused`: nothing was begun. */
  stands: 'asking' | 'running' | 'ended' | 'doubtful' | 'refused';
  outcome?: SagaOutcome;
  problem?: ProblemText | undefined;
}

/** So long the server holds an answer that is not the first: news come at once, and questions seldom. */
const heldMs = 2_000;

interface RunOptions {
  /** Asks under the same key; `waitMs` is how long the server may take for it. */
  ask(asked: AskedSaga, waitMs: number): Promise<SagaOutcome>;
  tell(state: SagaState): void;
  pause(ms: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
}

/** Ends with it, when it was refused, when it is in doubt, or with the signal. What was begun is asked for again whatever may pass. */
export async function runSaga(from: AskedSaga, { ask, tell, pause, signal }: RunOptions): Promise<void> {
  let [asked, failures] = [from, 0];
  let state: SagaState = { asked, stands: asked.begun ? 'running' : 'asking' };
  const now = (next: Omit<SagaState, 'asked'>) => {
    state = { ...state, problem: undefined, ...next, asked };
    if (!signal.aborted) tell(state);
  };
  now({ stands: state.stands });
  while (!signal.aborted) {
    try {
      const outcome = await ask(asked, asked.begun ? heldMs : 0);
      failures = 0;
      asked = { ...asked, begun: true };
      now({ stands: outcome.status === 'running' ? 'running' : 'ended', outcome });
      if (outcome.status !== 'running') return;
    } catch (error) {
      const known = errorOf(error);
      const problem = problemOf(error);
      if (!asked.begun) return now({ stands: isRefusal(error) ? 'refused' : 'doubtful', problem });
      if (known && !known.retryable) return now({ stands: 'doubtful', problem });
      now({ stands: 'running', problem });
      await pause(Math.max(known?.retryAfterMs ?? 0, retryDelayMs(failures++)), signal);
    }
  }
}
