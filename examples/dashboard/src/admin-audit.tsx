// Who did what here, newest first, with what was changed as it stood before and after.
import { useMemo, useState, type FormEvent } from 'react';
import type { AuditEntry, FTraderClient } from '../../../client/index.ts';
import { AdminPages, pagesOf } from './admin-table.tsx';
import { typedIn } from './call-form.tsx';
import { dayAndTime, missing } from './format.ts';

export function AdminAudit({ api }: { api: FTraderClient['api'] }) {
  const [asked, setAsked] = useState({ action: '' }); // another one with each press
  const query = useMemo(
    () =>
      pagesOf<AuditEntry>(async (page) => {
        const { entries, nextCursor } = await api.admin.listAudit.query({
          ...page,
          ...(asked.action && { action: asked.action }),
        });
        return { rows: entries, nextCursor };
      }),
    [api, asked],
  );
  function filter(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setAsked({ action: typedIn(new FormData(event.currentTarget), 'action') });
  }
  return (
    <>
      <form className="search-users" role="search" aria-label="Audit log" onSubmit={filter}>
        <input
          name="action"
          aria-label="Action"
          placeholder="Action, such as auth.login or admin."
          autoComplete="off"
        />
        <button type="submit">Read</button>
      </form>
      <AdminPages
        label="Audit log"
        query={query}
        none="Nothing of that."
        keyOf={({ id }) => id}
        columns={{
          Action: ({ action, before, after }) => (
            <>
              {action}
              {(before ?? after ?? null) !== null && (
                <details>
                  <summary>What changed</summary>
                  <pre>{`before ${JSON.stringify(before, null, 2)}\nafter ${JSON.stringify(after, null, 2)}`}</pre>
                </details>
              )}
            </>
          ),
          Time: ({ at }) => dayAndTime(at),
          Outcome: ({ outcome }) => (
            <span className={outcome === 'ok' ? 'badge' : 'badge warn'}>{outcome}</span>
          ),
          By: ({ userId, subject }) => userId ?? subject ?? missing,
          From: ({ ip }) => ip ?? missing,
        }}
      />
    </>
  );
}
