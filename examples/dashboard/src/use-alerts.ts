// The alerts on one market, read again when one was told, when one was changed here, and now and then: how they stand is told by no stream.
import { useCallback, useEffect, useState } from 'react';
import type { Alert, FTraderClient } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import type { NotificationNews } from './notification-news.ts';
import type { ProblemText } from './problem.tsx';
import { whileVisible } from './while-visible.ts';

const readEveryMs = 30_000;
/** The API gives no longer page, and there may be no more in force. */
const most = 500;

export interface MarketAlerts {
  /** Newest first; undefined: not read yet. */
  list: readonly Alert[] | undefined;
  problem: ProblemText | undefined;
  again(): void;
}

export function useAlerts(
  api: FTraderClient['api'],
  { epic, feed, news }: { epic: string; feed: string | undefined; news: NotificationNews },
): MarketAlerts {
  const [list, setList] = useState<readonly Alert[]>();
  const [problem, setProblem] = useState<ProblemText>();
  const [asked, ask] = useState(0);
  useEffect(() => {
    let stopReading = () => {};
    const read = () => {
      stopReading();
      stopReading = readOnce(
        () => api.notifications.listAlerts.query({ epic, limit: most }),
        ({ alerts }) => {
          setList(alerts.filter(({ condition }) => isOf(condition, feed)));
          setProblem(undefined);
        },
        setProblem,
      );
    };
    const stop = whileVisible(read, readEveryMs);
    const stopNews = news.onNews((message) => {
      if (message.type === 'snapshot.needed') read();
      if (message.type === 'notification.created' && message.data.notification.kind === 'alert.fired') read();
    });
    return () => {
      stop();
      stopNews();
      stopReading();
    };
  }, [api, epic, feed, news, asked]);
  return { list, problem, again: useCallback(() => ask((before) => before + 1), []) };
}

const isOf = (condition: Alert['condition'], feed: string | undefined) =>
  feed === undefined || !('feed' in condition) || condition.feed === feed;
