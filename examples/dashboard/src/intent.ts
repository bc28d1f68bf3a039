// Sending one intent to deal: under one key however often it has to be repeated, so that it is dealt once.
import { useRef, useState } from 'react';
import { errorOf, type Deal, type DealOutcome } from '../../../client/index.ts';
import { problemOf, type ProblemText } from './problem.tsx';

export interface Intent<Request> {
  busy: boolean;
  /** What came of the last one; its deal goes on in the account's events. */
  outcome: Deal | undefined;
  problem: ProblemText | undefined;
  /** The request of which nobody can tell here whether it arrived: repeat it, as it was, or look at the list of deals. */
  doubtful: Request | undefined;
  /** A new intent, under a new key. Not while one is doubtful. */
  submit(request: Request): Promise<void>;
  /** The doubtful one again under its own key: it answers with what became of the first. */
  repeat(): Promise<void>;
  clear(): void;
}

/** A refusal before anything was written; whatever else is not an answer leaves it open. */
export const isRefusal = (error: unknown): boolean => {
  const known = errorOf(error);
  return known !== undefined && !known.code.startsWith('server.');
};

export function useIntent<Request>(
  send: (request: Request, idempotencyKey: string) => Promise<DealOutcome>,
  hear: (deal: Deal) => void,
): Intent<Request> {
  const [state, setState] = useState<{
    busy: boolean;
    outcome?: Deal;
    problem?: ProblemText;
    doubtful?: { request: Request; key: string };
  }>({ busy: false });
  const sending = useRef(false);
  async function attempt(request: Request, key: string) {
    if (sending.current) return; // two quick presses are one intent
    sending.current = true;
    setState((before) => ({ ...before, busy: true }));
    try {
      const { replayed: _replayed, ...deal } = await send(request, key);
      hear(deal);
      setState({ busy: false, outcome: deal });
    } catch (error) {
      setState((before) => ({
        busy: false,
        problem: problemOf(error),
        ...((before.doubtful || !isRefusal(error)) && { doubtful: { request, key } }),
      }));
    } finally {
      sending.current = false;
    }
  }
  const { busy, outcome, problem, doubtful } = state;
  return {
    busy,
    outcome,
    problem,
    doubtful: doubtful?.request,
    submit: async (request) => (doubtful ? undefined : attempt(request, crypto.randomUUID())),
    repeat: async () => (doubtful ? attempt(doubtful.request, doubtful.key) : undefined),
    clear: () => setState({ busy: false }),
  };
}
