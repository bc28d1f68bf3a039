// What may be dealt on an account: read with all news of it, and now and then, since a loss moves with prices, of which nothing is told here.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AccountRisk, FTraderClient } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import { whileVisible } from './while-visible.ts';

/** What is shown is so old at most. */
const readEveryMs = 30_000;

/** `news` rises with what is told of it. `take` is for a newer answer, which goes before whatever is being read. */
export function useRisk(
  api: FTraderClient['api'],
  accountId: string | undefined,
  news: number,
): { risk: AccountRisk | undefined; take(risk: AccountRisk): void } {
  const [risk, setRisk] = useState<AccountRisk>();
  const stopReading = useRef(() => {});
  useEffect(() => {
    if (accountId === undefined) return;
    const stop = whileVisible(() => {
      stopReading.current();
      // What fails is tried again; whoever follows the account says what is wrong with it.
      stopReading.current = readOnce(
        () => api.trading.getRisk.query({ accountId }),
        setRisk,
        () => {},
      );
    }, readEveryMs);
    return () => {
      stop();
      stopReading.current();
    };
  }, [api, accountId, news]);
  const take = useCallback((answer: AccountRisk) => {
    stopReading.current();
    setRisk(answer);
  }, []);
  return { risk: risk?.accountId === accountId ? risk : undefined, take };
}
