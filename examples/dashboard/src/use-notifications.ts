// What happened, how much of it is unread, and the latest for a moment. Told by one stream; nothing is asked in between.
import { useCallback, useEffect, useState } from 'react';
import type {
  Deal,
  FTraderClient,
  Notification,
  NotificationEvent,
  StreamMessage,
} from '../../../client/index.ts';
import { saysTheSame } from './deal-words.ts';
import { followEvents, readOnce } from './follow.ts';
import type { NotificationNews } from './notification-news.ts';
import type { Saying } from './ticket.tsx';

/** Kept in the list, and as toasts. */
const listed = 30;
const toastsKept = 3;
const toastMs = 6_000;

type Api = FTraderClient['api'];
const isOfDeal = ({ kind }: Notification) => kind.startsWith('deal.');
const repeats = (notification: Notification, deal: Deal) =>
  isOfDeal(notification) && saysTheSame(notification.title, deal);
type Moved = Extract<
  NotificationEvent,
  { type: 'notification.read' | 'notification.unread' | 'notification.archived' }
>;
const merge = (known: readonly Notification[], heard: readonly Notification[]) =>
  [...new Map([...known, ...heard].map((each) => [each.id, each])).values()]
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, listed);

/** The list after some were moved elsewhere, or here. */
function moved(list: readonly Notification[], { type, data }: Moved): readonly Notification[] {
  const { notificationIds: ids } = data;
  if (type === 'notification.archived') return list.filter(({ id }) => !data.notificationIds.includes(id));
  const readAt = type === 'notification.read' ? data.readAt : null;
  const changes = ({ id, readAt: before }: Notification) =>
    ids ? ids.includes(id) : type === 'notification.read' && before === null;
  return list.map((each) => (changes(each) ? { ...each, readAt } : each));
}

/** Of whoever is signed in. A toast that repeats what the ticket is saying is taken away; while the ticket waits for its answer, none of a deal is shown. */
export function useNotifications(api: Api, saying: Saying | undefined, news: NotificationNews) {
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
      news.tell(message);
      if (message.type === 'snapshot.needed') return read();
      if (message.type === 'heartbeat' || message.type === 'alert.changed') return;
      counted++;
      setUnread(message.data.unreadCount);
      if (message.type === 'notification.unarchived') return read(); // it may be older than what is listed here
      if (message.type !== 'notification.created') return setList((before) => moved(before, message));
      const { notification } = message.data;
      setList((before) => merge(before, [notification]));
      setToasts((before) => [...before, notification].slice(-toastsKept));
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
  }, [api, news, dismiss]);
  const deal = saying?.deal;
  useEffect(() => {
    if (deal) setToasts((before) => before.filter((each) => !repeats(each, deal)));
  }, [deal, toasts.length]);
  const shown = toasts.filter((each) => !(isOfDeal(each) && saying?.busy) && !(deal && repeats(each, deal)));
  return { list, unread, toasts: shown, dismiss };
}
