// The inbox: all that was told, newest first, what of it is unread or archived, and moving several at once.
import { useState } from 'react';
import type { FTraderClient, Notification } from '../../../client/index.ts';
import { environmentName } from './account-words.ts';
import { dayAndTime } from './format.ts';
import { inboxParts, type InboxPart } from './inbox-list.ts';
import type { NotificationNews } from './notification-news.ts';
import { severityName } from './notification-words.ts';
import { PageLink } from './page-link.tsx';
import { Problem } from './problem.tsx';
import { TicketChoice } from './ticket-choice.tsx';
import { useAction } from './use-action.ts';
import { useInbox } from './use-inbox.ts';
import { ViewTitle } from './view-title.tsx';

const parts = Object.entries(inboxParts) as [InboxPart, string][];
const none: Record<InboxPart, string> = {
  all: 'Nothing is in the inbox.',
  unread: 'Nothing is unread.',
  archived: 'Nothing is archived.',
};
/** The API moves no more with one call. */
const movedAtOnce = 100;

interface InboxViewProps {
  api: FTraderClient['api'];
  news: NotificationNews;
}

export default function InboxView({ api, news }: InboxViewProps) {
  const [part, setPart] = useState<InboxPart>('all');
  const { rows, busy: reading, problem: ofRead, hasMore, more, again } = useInbox(api, news, part);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { busy, problem, run, clear } = useAction();
  const ids = rows.map(({ id }) => id).filter((id) => chosen.has(id));
  const isAll = rows.length > 0 && ids.length === rows.length;
  // The stream brings what came of it, to every page of this user.
  const move = (call: 'markRead' | 'markUnread' | 'archive' | 'unarchive') =>
    void run(
      async () => {
        for (let from = 0; from < ids.length; from += movedAtOnce)
          await api.notifications[call].mutate({ ids: ids.slice(from, from + movedAtOnce) });
      },
      () => setChosen(new Set()),
    );
  const mover = (call: Parameters<typeof move>[0], text: string) => (
    <button
      type="button"
      aria-disabled={busy || ids.length === 0}
      onClick={() => ids.length > 0 && move(call)}
    >
      {text}
    </button>
  );
  return (
    <main className="history inbox" aria-labelledby="inbox-title">
      <div className="card-head">
        <ViewTitle id="inbox-title" view="inbox">
          Inbox
        </ViewTitle>
        <PageLink to={{ at: 'you' }}>Choose what is sent</PageLink>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <TicketChoice
        label="Which notifications"
        options={parts}
        chosen={part}
        locked={false}
        onChoose={(next) => {
          setPart(next);
          setChosen(new Set());
          clear();
        }}
      />
      <div className="book-head">
        <label className="check">
          <input
            type="checkbox"
            checked={isAll}
            aria-disabled={rows.length === 0}
            onChange={() => setChosen(new Set(isAll ? [] : rows.map(({ id }) => id)))}
          />
          <span>All that are shown</span>
        </label>
        <span className="quiet" role="status">
          {ids.length > 0 && `${ids.length} selected`}
        </span>
        <div className="actions" role="group" aria-label="Move the selected ones" aria-busy={busy}>
          {mover('markRead', 'Mark read')}
          {mover('markUnread', 'Mark unread')}
          {part === 'archived' ? mover('unarchive', 'Put back') : mover('archive', 'Archive')}
        </div>
      </div>
      {problem && <Problem problem={problem} />}
      {rows.length > 0 && (
        <ul className="notes" aria-label={inboxParts[part]}>
          {rows.map((each) => (
            <Note
              key={each.id}
              note={each}
              isChosen={chosen.has(each.id)}
              onChoose={() =>
                setChosen((before) => {
                  const next = new Set(before);
                  if (!next.delete(each.id)) next.add(each.id);
                  return next;
                })
              }
            />
          ))}
        </ul>
      )}
      {ofRead && <Problem problem={ofRead} onRetry={rows.length === 0 ? again : more} />}
      {rows.length === 0 && !ofRead && <p className="none">{reading ? 'Reading…' : none[part]}</p>}
      {hasMore && !ofRead && rows.length > 0 && (
        <button type="button" className="more" aria-disabled={reading} onClick={() => reading || more()}>
          {reading ? 'Reading…' : 'Older ones'}
        </button>
      )}
    </main>
  );
}

interface NoteProps {
  note: Notification;
  isChosen: boolean;
  onChoose(): void;
}
function Note({
  note: { id, at, title, body, severity, environment, readAt },
  isChosen,
  onChoose,
}: NoteProps) {
  return (
    <li className={readAt === null ? 'unread' : undefined} data-notification={id}>
      <input type="checkbox" aria-label={`Select: ${title}`} checked={isChosen} onChange={onChoose} />
      <div>
        <p className="note-title">
          {title}
          {readAt === null && <span className="hidden"> (unread)</span>}
        </p>
        <p className="quiet">{body}</p>
      </div>
      <p className="marks">
        <span className={`badge severity ${severity}`}>{severityName[severity]}</span>
        {environment && <span className={`badge env ${environment}`}>{environmentName[environment]}</span>}
        <small>
          <time dateTime={at.toISOString()} title={at.toISOString()}>
            {dayAndTime(at)}
          </time>
        </small>
      </p>
    </li>
  );
}
