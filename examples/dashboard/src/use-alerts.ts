// The alerts on one market, or of one account: those in force, all of them, and those that ended last. Read again with all news of them, and now
// and then: which ones count again, or are past their time, is told by no stream.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Alert, FTraderClient, NotificationEvent, StreamMessage } from '../../../client/index.ts';
import { isLive } from './alert-words.ts';
import { readOnce } from './follow.ts';
import type { NotificationNews } from './notification-news.ts';
import type { ProblemText } from './problem.tsx';
import { whileVisible } from './while-visible.ts';

const readEveryMs = 30_000;
/** The API gives no longer page, and no more may be in force. */
const most = 500;
/** Of those that are over: at first, and as many more with each press. */
const endedAtFirst = 5;
const endedMore = 45;

interface Known {
  /** In force, newest first. */
  live: readonly Alert[];
  /** Over, what ended last first. */
  ended: readonly Alert[];
  hasMoreEnded: boolean;
}
export interface KnownAlerts {
  /** Undefined: not read yet. */
  known: Known | undefined;
  problem: ProblemText | undefined;
  moreEnded(): void;
  /** One as the server answered it: newer than what was read before. */
  take(alert: Alert): void;
  /** It was deleted. */
  drop(id: string): void;
}

/** A market on one feed, or an account with its positions. */
export type AlertsOf = { epic: string; feed: string | undefined } | { accountId: string };

export function useAlerts(api: FTraderClient['api'], of: AlertsOf, news: NotificationNews): KnownAlerts {
  const [known, setKnown] = useState<Known>();
  const [problem, setProblem] = useState<ProblemText>();
  const [endedLimit, setEndedLimit] = useState(endedAtFirst);
  const stopReading = useRef(() => {});
  const { epic, feed, accountId } = { epic: undefined, feed: undefined, accountId: undefined, ...of };
  useEffect(() => {
    const read = () => {
      stopReading.current();
      const { listAlerts } = api.notifications;
      const asked = { epic, accountId };
      stopReading.current = readOnce(
        () =>
          Promise.all([
            listAlerts.query({ ...asked, live: true, limit: most }),
            listAlerts.query({ ...asked, live: false, limit: endedLimit }),
          ]),
        ([live, ended]) => {
          const isOf = ({ condition }: Alert) =>
            feed === undefined || !('feed' in condition) || condition.feed === feed;
          const over = new Set(ended.alerts.map(({ id }) => id));
          setKnown({
            live: live.alerts.filter((alert) => isOf(alert) && !over.has(alert.id)),
            ended: ended.alerts.filter(isOf),
            hasMoreEnded: ended.nextCursor !== null && endedLimit < most,
          });
          setProblem(undefined);
        },
        setProblem,
      );
    };
    const stop = whileVisible(read, readEveryMs);
    const stopNews = news.onNews((message) => void (isOfAlerts(message) && read()));
    return () => {
      stop();
      stopNews();
      stopReading.current();
    };
  }, [api, epic, feed, accountId, endedLimit, news]);
  const change = useCallback((to: (before: Known) => Known) => {
    stopReading.current(); // it is older; the stream has what was changed read again
    setKnown((before) => before && to(before));
  }, []);
  return {
    known,
    problem,
    moreEnded: useCallback(() => setEndedLimit((before) => Math.min(before + endedMore, most)), []),
    take: useCallback((alert) => change((before) => withAlert(before, alert)), [change]),
    drop: useCallback((id) => change((before) => withoutAlert(before, id)), [change]),
  };
}

const isOfAlerts = (message: StreamMessage<NotificationEvent>): boolean =>
  message.type === 'snapshot.needed' ||
  message.type === 'alert.changed' ||
  (message.type === 'notification.created' && message.data.notification.kind === 'alert.fired');

const withoutAlert = ({ live, ended, ...rest }: Known, id: string): Known => ({
  ...rest,
  live: live.filter((each) => each.id !== id),
  ended: ended.filter((each) => each.id !== id),
});
function withAlert(before: Known, alert: Alert): Known {
  const { live, ended, ...rest } = withoutAlert(before, alert.id);
  if (!isLive(alert)) return { ...rest, live, ended: [alert, ...ended] };
  const newestFirst = (a: Alert, b: Alert) => b.createdAt.getTime() - a.createdAt.getTime();
  return { ...rest, live: [alert, ...live].sort(newestFirst), ended };
}
