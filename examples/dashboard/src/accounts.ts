// The accounts of whoever is signed in, and the one of them that the page is about. No drawing here.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Account, FTraderClient, StreamMessage, TradingEvent } from '../../../client/index.ts';
import {
  afterMessage,
  asksForReading,
  isOfAccounts,
  withRiskNews,
  type KnownAccounts,
} from './account-events.ts';
import { followEvents, readOnce, type OnProblem } from './follow.ts';
import { askedAccount } from './go.ts';
import { keep, readKept } from './kept.ts';

const storageKey = 'ftrader.account';

const nothingKnown: KnownAccounts = { list: undefined, riskNews: 0 };

export interface Accounts extends KnownAccounts {
  /** They could not be read so far; it is tried again. */
  failed: boolean;
  /** Everything on the page is of this one: the one the address asks for or that was chosen in this browser, else the default. */
  account: Account | undefined;
  /** The address asks for one that is not among them. */
  isStrange: boolean;
  choose(id: string): void;
  /** What may be dealt has changed from this page. */
  noteRisk(): void;
  /** Resolves once what is known is at least as new as this call. */
  refresh(): Promise<void>;
}

/** Which of them the page is about. Where none is the default, one with real money comes last. */
export const accountOf = (
  accounts: readonly Account[] | undefined,
  chosen: string | null,
): Account | undefined =>
  accounts?.find(({ id }) => id === chosen) ??
  accounts?.find(({ isDefault }) => isDefault) ??
  accounts?.find(({ environment }) => environment !== 'live') ??
  accounts?.[0];

/** Of this user; of nobody while nobody is signed in. */
export function useAccounts(
  api: FTraderClient['api'],
  userId: string | undefined,
  onProblem: OnProblem,
): Accounts {
  const [known, setKnown] = useState(nothingKnown);
  const [failed, setFailed] = useState(false);
  const [asked, setAsked] = useState(askedAccount);
  const [kept, setKept] = useState(() => readKept(storageKey));
  const calls = useRef(0); // an answer asked for before the last one is older than it
  const awaited = useRef(0);
  const refresh = useCallback(async () => {
    const mine = ++calls.current;
    awaited.current++;
    try {
      const { accounts } = await api.accounts.list.query();
      if (mine === calls.current) setKnown((before) => ({ ...before, list: accounts }));
    } finally {
      awaited.current--;
    }
  }, [api]);
  useEffect(() => {
    if (userId === undefined) return;
    let stopReading = () => {};
    const read = () => {
      stopReading();
      stopReading = readOnce(
        refresh,
        () => setFailed(false),
        (problem) => {
          if (problem) setFailed(true);
          onProblem(problem);
        },
      );
    };
    read();
    // Names, and which is the default, change without an event: what was done elsewhere is seen when somebody looks again.
    const seen = () => void (document.visibilityState === 'visible' && read());
    document.addEventListener('visibilitychange', seen);
    const stop = followEvents(
      (input, handlers) => api.trading.onEvents.subscribe(input, handlers),
      (message: StreamMessage<TradingEvent>) => {
        setKnown((before) => afterMessage(before, message));
        // What is being read may be older than what was just told.
        if (asksForReading(message) || (awaited.current > 0 && isOfAccounts(message))) read();
      },
      onProblem,
    );
    return () => {
      calls.current++;
      document.removeEventListener('visibilitychange', seen);
      stopReading();
      stop();
      setKnown(nothingKnown); // whoever signs in next has others
      setFailed(false);
    };
  }, [api, userId, refresh, onProblem]);
  const noteRisk = useCallback(() => setKnown(withRiskNews), []);
  return {
    ...known,
    noteRisk,
    failed,
    account: accountOf(known.list, asked ?? kept),
    isStrange: asked !== null && known.list?.every(({ id }) => id !== asked) === true,
    choose(id) {
      setAsked(null);
      setKept(id);
      keep(storageKey, id);
    },
    refresh,
  };
}
