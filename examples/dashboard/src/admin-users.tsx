// Who may sign in here: finding them, shutting them out, and making administrators.
import { useMemo, useState, type FormEvent } from 'react';
import type { AdminUser, FTraderClient } from '../../../client/index.ts';
import { AdminPages, pagesOf } from './admin-table.tsx';
import { ArmedButton } from './armed-button.tsx';
import { typedIn } from './call-form.tsx';
import { dayAndTime, missing } from './format.ts';
import { Problem } from './problem.tsx';
import { useStepUp } from './use-step-up.tsx';

type Api = FTraderClient['api'];

/** `self` is whoever looks: nobody shuts themselves out here. */
export function AdminUsers({ api, self }: { api: Api; self: string }) {
  const [asked, setAsked] = useState({ query: '' }); // another one with each change
  const { busy, problem, run, proof } = useStepUp(api);
  const query = useMemo(
    () =>
      pagesOf<AdminUser>(async (page) => {
        const { users, nextCursor } = await api.admin.listUsers.query({
          ...page,
          ...(asked.query && { query: asked.query }),
        });
        return { rows: users, nextCursor };
      }),
    [api, asked],
  );
  function search(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setAsked({ query: typedIn(new FormData(event.currentTarget), 'query') });
  }
  const step = (text: string, does: string, call: () => Promise<unknown>) => (
    <ArmedButton
      text={text}
      sure={`Sure? ${text}`}
      does={does}
      disabled={busy}
      onPress={() => void run(call, () => setAsked({ ...asked }))}
    />
  );
  return (
    <>
      <form className="search-users" role="search" aria-label="Users" onSubmit={search}>
        <input name="query" aria-label="Address or name" placeholder="Address or name" autoComplete="off" />
        <button type="submit">Search</button>
      </form>
      {problem && <Problem problem={problem} />}
      {proof}
      <AdminPages
        label="Users"
        query={query}
        none="Nobody of that name."
        keyOf={({ id }) => id}
        columns={{
          User: ({ name, email }) => (
            <>
              {email} <small>{name}</small>
            </>
          ),
          State: ({ isAdmin, disabledAt, emailVerified }) => (
            <>
              {isAdmin && <span className="badge">Admin</span>}{' '}
              {disabledAt && <span className="badge warn">Disabled</span>}{' '}
              {!emailVerified && <span className="badge warn">Not confirmed</span>}
            </>
          ),
          'Last seen': ({ lastSeenAt }) => (lastSeenAt ? dayAndTime(lastSeenAt) : missing),
          Logins: ({ sessions }) => sessions,
          Steps: ({ id, email, isAdmin, disabledAt, sessions }) =>
            id !== self && (
              <div className="actions">
                {disabledAt
                  ? step('Enable', `enable ${email}`, () => api.admin.enableUser.mutate({ id }))
                  : step('Disable', `disable ${email}`, () => api.admin.disableUser.mutate({ id }))}
                {isAdmin
                  ? step('No admin', `make ${email} no admin`, () =>
                      api.admin.setRole.mutate({ id, role: 'user' }),
                    )
                  : step('Make admin', `make ${email} an admin`, () =>
                      api.admin.setRole.mutate({ id, role: 'admin' }),
                    )}
                {sessions > 0 &&
                  step('Sign out', `sign out ${email}`, () => api.admin.revokeSessions.mutate({ id }))}
              </div>
            ),
        }}
      />
    </>
  );
}
