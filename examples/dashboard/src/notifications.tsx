// The bell: what happened last, newest first, and how much of it is unread. The inbox has all of it.
import type { FTraderClient, Notification } from '../../../client/index.ts';
import { dayAndTime } from './format.ts';
import { BellIcon } from './icon.tsx';
import { PageLink } from './page-link.tsx';
import { Popup } from './popup.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface NotificationsProps {
  api: FTraderClient['api'];
  list: readonly Notification[];
  unread: number;
}

export function Notifications({ api, list, unread }: NotificationsProps) {
  const { problem, run } = useAction();
  // The stream brings the news of it, to every page of this user.
  const markAllRead = () => void run(() => api.notifications.markAllRead.mutate(), nothing);
  const archive = (id: string) => void run(() => api.notifications.archive.mutate({ ids: [id] }), nothing);
  return (
    <Popup
      className="bell"
      label={`Notifications, ${unread} unread`}
      panelLabel="Notifications"
      button={
        <>
          <BellIcon />
          {unread > 0 && <b data-testid="unread">{unread > 99 ? '99+' : unread}</b>}
        </>
      }
    >
      {(close) => (
        <>
          <div className="notes-head">
            <h2>Notifications</h2>
            <button
              type="button"
              className="link"
              aria-disabled={unread === 0}
              onClick={() => unread > 0 && markAllRead()}
            >
              Mark all read
            </button>
            <PageLink to={{ at: 'inbox' }} onClick={close}>
              Show all
            </PageLink>
          </div>
          {problem && <Problem problem={problem} />}
          {list.length === 0 ? (
            <p className="none">Nothing is in your inbox.</p>
          ) : (
            <ul>
              {list.map((each) => (
                <li key={each.id} className={each.readAt === null ? 'unread' : undefined}>
                  <strong>{each.title}</strong>
                  <span>{each.body}</span>
                  <small>
                    <time dateTime={each.at.toISOString()}>{dayAndTime(each.at)}</time>
                  </small>
                  <button
                    type="button"
                    className="plain"
                    aria-label={`Archive: ${each.title}`}
                    title="Archive"
                    onClick={() => archive(each.id)}
                  >
                    ×
                  </button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Popup>
  );
}
const nothing = () => undefined;
