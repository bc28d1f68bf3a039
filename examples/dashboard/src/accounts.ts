// The accounts of whoever is signed in, and the one of them that the page is about. No drawing here.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Account, FTraderClient, StreamMessage, TradingEvent } from '../../../client/index.ts';
import { followEvents, readOnce, type OnProblem } from './follow.ts';
import { keep, readKept } from './kept.ts';

const storageKey = 'ftrader.account';

export interface Accounts {
  /** Oldest first; undefined until they are known. */
  list: readonly Account[] | undefined;
  /** They could not be read so far; it is tried again. */
  failed: boolean;
  /** Everything on the page is of this one: the one chosen in this browser, else the default. */
  account: Account | undefined;
  choose(id: string): void;
  /** Resolves once what is known is at least as new as this call. */
  refresh(): Promise<void>;
}

/** Which of them the page is about. */
export const accountOf = (
  accounts: readonly Account[] | undefined,
  chosen: string | null,
): Account | undefined =>
  accounts?.find(({ id }) => id === chosen) ?? accounts?.find(({ isDefault }) => isDefault) ?? accounts?.[0];

/** Of this user; of nobody while nobody is signed in. */
export function useAccounts(
  api: FTraderClient['api'],
  userId: string | undefined,
  onProblem: OnProblem,
): Accounts {
  const [list, setList] = useState<readonly Account[]>();
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState(() => readKept(storageKey));
  const asked = useRef(0); // an answer asked for before the last one is older than it
  const refresh = useCallback(async () => {
    const mine = ++asked.current;
    const { accounts } = await api.accounts.list.query();
    if (mine === asked.current) setList(accounts);
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
    const stop = followEvents(
      (input, handlers) => api.trading.onEvents.subscribe(input, handlers),
      ({ type }: StreamMessage<TradingEvent>) => {
        if (type === 'snapshot.needed' || type.startsWith('account.')) read();
      },
      onProblem,
    );
    return () => {
      asked.current++;
      stopReading();
      stop();
      setList(undefined); // whoever signs in next has others
      setFailed(false);
    };
  }, [api, userId, refresh, onProblem]);
  return {
    list,
    failed,
    account: accountOf(list, chosen),
    choose(id) {
      setChosen(id);
      keep(storageKey, id);
    },
    refresh,
  };
}
