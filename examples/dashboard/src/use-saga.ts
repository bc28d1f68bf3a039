// Closing and cancelling everything of one account from the page: one at a time, kept in this browser until its end was read.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { FTraderClient, SagaKind } from '../../../client/index.ts';
import { forget, keep, readKept } from './kept.ts';
import { runSaga, type AskedSaga, type SagaState } from './saga-run.ts';

const storageKey = (accountId: string) => `ftrader.ending.${accountId}`;
const procedures = { close_all: 'closeAll', cancel_all: 'cancelAll', flatten: 'flatten' } as const;

/** What was kept, as far as it can be read. */
export function readAsked(text: string | null): AskedSaga | undefined {
  try {
    const { kind, key, begun } = JSON.parse(text ?? 'null') as AskedSaga;
    return Object.hasOwn(procedures, kind) && typeof key === 'string'
      ? { kind, key, begun: begun === true }
      : undefined;
  } catch {
    return undefined;
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

export interface EndingAll {
  state: SagaState | undefined;
  /** A new one; not while one is asked for, runs or is in doubt. */
  begin(kind: SagaKind): void;
  /** The one in doubt again, under its own key: it is never done twice. */
  repeat(): void;
  /** Its end was read, or it is given up: the page forgets it. */
  dismiss(): void;
}

export function useEndingAll(
  api: FTraderClient['api'],
  accountId: string | undefined,
  /** What may be dealt has changed, or is about to. */
  onRisk: () => void,
): EndingAll {
  const [state, setState] = useState<SagaState>();
  const running = useRef<AbortController>(undefined);
  const run = useCallback(
    (asked: AskedSaga) => {
      if (accountId === undefined) return;
      running.current?.abort();
      const controller = (running.current = new AbortController());
      keep(storageKey(accountId), JSON.stringify(asked)); // before a byte leaves
      let stood: SagaState['stands'] | undefined;
      void runSaga(asked, {
        ask: ({ kind, key }, waitMs) =>
          api.trading[procedures[kind]].mutate({ accountId, idempotencyKey: key, waitMs }),
        tell(next) {
          setState(next);
          if (next.stands === stood) return;
          stood = next.stands;
          if (next.stands === 'refused') forget(storageKey(accountId));
          else keep(storageKey(accountId), JSON.stringify(next.asked));
          onRisk();
        },
        pause,
        signal: controller.signal,
      });
    },
    [api, accountId, onRisk],
  );
  useEffect(() => {
    const kept = accountId === undefined ? undefined : readAsked(readKept(storageKey(accountId)));
    // What was never answered may not have arrived: whether it is still meant is for its owner to say.
    if (kept?.begun) run(kept);
    else if (kept) setState({ asked: kept, stands: 'doubtful' });
    return () => {
      running.current?.abort();
      setState(undefined);
    };
  }, [accountId, run]);
  const isOpen = state?.stands === 'asking' || state?.stands === 'running' || state?.stands === 'doubtful';
  return {
    state,
    begin(kind) {
      if (!isOpen) run({ kind, key: crypto.randomUUID(), begun: false });
    },
    repeat() {
      if (state?.stands === 'doubtful') run(state.asked);
    },
    dismiss() {
      running.current?.abort();
      if (accountId !== undefined) forget(storageKey(accountId));
      setState(undefined);
    },
  };
}
