// One list of the inbox, page by page, kept in step by the stream that the bell follows.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { FTraderClient, Notification } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import { afterNews, askedOf, type InboxPart } from './inbox-list.ts';
import type { NotificationNews } from './notification-news.ts';
import { problemOf, type ProblemText } from './problem.tsx';

const pageRows = 50;
/** The API gives no longer page: whoever has read more has it read again up to here. */
const longestPage = 500;

interface Shown {
  rows: readonly Notification[];
  next: string | null;
  /** Undefined: nothing was read yet. */
  of: InboxPart | undefined;
  busy: boolean;
  problem?: ProblemText | undefined;
  /** What failed was the reading of the list, and not of a page more of it. */
  isUnread?: boolean;
}
const nothing: Shown = { rows: [], next: null, of: undefined, busy: true };

export function useInbox(api: FTraderClient['api'], news: NotificationNews, part: InboxPart) {
  const [state, setState] = useState(nothing);
  const now = useRef(state);
  const told = useRef(0);
  const put = useCallback((next: Shown) => {
    now.current = next;
    setState(next);
  }, []);
  const [asked, ask] = useState(0);
  const again = useCallback(() => ask((before) => before + 1), []);
  useEffect(() => {
    let stopReading = () => {};
    const read = () => {
      const before = told.current;
      stopReading();
      const { rows, of } = now.current;
      const limit = of === part ? Math.min(Math.max(rows.length, pageRows), longestPage) : pageRows;
      put({ ...(of === part ? now.current : nothing), busy: true });
      stopReading = readOnce(
        () => api.notifications.list.query({ ...askedOf(part), limit }),
        ({ notifications, nextCursor }) => {
          if (before !== told.current) return read(); // news came meanwhile: this answer may be older
          put({ rows: notifications, next: nextCursor, of: part, busy: false });
        },
        // Tried again by itself where that may help; whoever waits may ask for it at once.
        (problem) => put({ ...now.current, busy: problem === undefined, problem, isUnread: true }),
      );
    };
    read();
    const stop = news.onNews((message) => {
      if (message.type === 'heartbeat') return;
      told.current++;
      if (message.type === 'snapshot.needed') return read();
      const rows = now.current.of === part ? afterNews(now.current.rows, part, message) : null;
      if (rows) put({ ...now.current, rows });
      else read();
    });
    return () => {
      told.current++;
      stopReading();
      stop();
    };
  }, [api, news, part, put, asked]);
  async function more() {
    const { rows, next, busy, problem, isUnread } = now.current;
    if (problem && isUnread) return again();
    if (busy || next === null) return;
    const before = told.current;
    put({ ...now.current, busy: true, problem: undefined });
    try {
      const page = await api.notifications.list.query({ ...askedOf(part), limit: pageRows, cursor: next });
      if (before !== told.current) return again();
      put({ rows: [...rows, ...page.notifications], next: page.nextCursor, of: part, busy: false });
    } catch (error) {
      if (before !== told.current) return again(); // the list has moved on: it is read as far as it was shown
      put({ ...now.current, busy: false, problem: problemOf(error), isUnread: false });
    }
  }
  const { rows, next, busy, problem } = state;
  return { rows, busy, problem, hasMore: next !== null, more: () => void more(), again };
}
