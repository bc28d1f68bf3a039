// The bell: what happened, how much of it is unread, and the latest said aloud as it comes. Told by one stream; nothing is asked in between.
import { useCallback, useEffect, useId, useRef, useState } from 'react';
import type { FTraderClient, Notification, NotificationEvent, StreamMessage } from '../../../client/index.ts';
import { dayAndTime } from './format.ts';
import { followEvents, readOnce } from './follow.ts';
import { Problem, problemOf, type ProblemText } from './problem.tsx';

/** Kept in the list, and shown as toasts at once. */
const listed = 30;
const toastsAtOnce = 3;
const toastMs = 6_000;

type Api = FTraderClient['api'];
const merge = (known: readonly Notification[], heard: readonly Notification[]) =>
  [...new Map([...known, ...heard].map((each) => [each.id, each])).values()]
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, listed);

function useNotifications(api: Api) {
  const [list, setList] = useState<readonly Notification[]>([]);
  const [unread, setUnread] = useState(0);
  const [toasts, setToasts] = useState<readonly Notification[]>([]);
  const dismiss = useCallback(
    (id: string) => setToasts((before) => before.filter((each) => each.id !== id)),
    [],
  );
  useEffect(() => {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    let [counted, stopReading] = [0, () => {}];
    const read = () => {
      const before = counted;
      stopReading();
      stopReading = readOnce(
        () =>
          Promise.all([
            api.notifications.list.query({ limit: listed }),
            api.notifications.unreadCount.query(),
          ]),
        ([page, { unreadCount }]) => {
          if (before !== counted) return read(); // an event came meanwhile: this answer may be older than it
          setList(page.notifications);
          setUnread(unreadCount);
        },
        () => {},
      );
    };
    const hear = (message: StreamMessage<NotificationEvent>) => {
      if (message.type === 'snapshot.needed') return read();
      if (message.type === 'heartbeat') return;
      counted++;
      setUnread(message.data.unreadCount);
      if (message.type === 'notification.read') {
        const { notificationId, readAt } = message.data;
        setList((before) =>
          before.map((each) =>
            each.readAt === null && (notificationId === null || notificationId === each.id)
              ? { ...each, readAt }
              : each,
          ),
        );
        return;
      }
      const { notification } = message.data;
      setList((before) => merge(before, [notification]));
      setToasts((before) => [...before, notification].slice(-toastsAtOnce));
      timers.add(setTimeout(() => dismiss(notification.id), toastMs));
    };
    // What ends this stream ends the others too, and they say it.
    const stop = followEvents(
      (input, handlers) => api.notifications.onNotification.subscribe(input, handlers),
      hear,
      () => {},
    );
    return () => {
      stopReading();
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [api, dismiss]);
  return { list, unread, toasts, dismiss };
}

/** Draw it with the user's id as `key`. */
export function Notifications({ api }: { api: Api }) {
  const { list, unread, toasts, dismiss } = useNotifications(api);
  const [open, setOpen] = useState(false);
  const id = useId();
  const [problem, setProblem] = useState<ProblemText>();
  const bell = useRef<HTMLButtonElement>(null);
  // The stream brings the news of it, to every page of this user.
  const markAllRead = () =>
    void api.notifications.markAllRead.mutate().then(
      () => setProblem(undefined),
      (error: unknown) => setProblem(problemOf(error)),
    );
  const close = () => {
    setOpen(false);
    bell.current?.focus();
  };
  return (
    <>
      <div
        className="bell"
        onBlur={(event) => {
          if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && open) close();
        }}
      >
        <button
          type="button"
          ref={bell}
          aria-expanded={open}
          aria-controls={id}
          aria-label={`Notifications, ${unread} unread`}
          onClick={() => setOpen(!open)}
        >
          <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path
              d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.7"
              strokeLinejoin="round"
              strokeLinecap="round"
            />
          </svg>
          {unread > 0 && <b data-testid="unread">{unread > 99 ? '99+' : unread}</b>}
        </button>
        {open && (
          <div className="notes" id={id} role="region" aria-label="Notifications">
            <div className="notes-head">
              <h2>Notifications</h2>
              <button type="button" className="link" disabled={unread === 0} onClick={markAllRead}>
                Mark all read
              </button>
            </div>
            {problem && <Problem problem={problem} />}
            {list.length === 0 ? (
              <p className="none">Nothing has happened yet.</p>
            ) : (
              <ul>
                {list.map((each) => (
                  <li key={each.id} className={each.readAt === null ? 'unread' : undefined}>
                    <strong>{each.title}</strong>
                    <span>{each.body}</span>
                    <small>
                      <time dateTime={each.at.toISOString()}>{dayAndTime(each.at)}</time>
                    </small>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
      </div>
      <div className="toasts" aria-live="polite" aria-relevant="additions">
        {toasts.map((each) => (
          <div key={each.id} className={`toast ${each.kind.replace('.', '-')}`} data-testid="toast">
            <p>
              <strong>{each.title}</strong>
              <span>{each.body}</span>
            </p>
            <button type="button" className="plain" aria-label="Dismiss" onClick={() => dismiss(each.id)}>
              ×
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
