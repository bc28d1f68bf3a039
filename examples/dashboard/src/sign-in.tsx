// The card of whoever is not signed in: sign in, create an account, or look around with the demo login.
import { useState, type FormEvent } from 'react';
import type { FTraderClient, SystemStatus, User } from '../../../client/index.ts';
import { go, leave } from './go.ts';
import { ConfirmAddress, type Asked } from './confirm-address.tsx';
import { Field } from './field.tsx';
import { PageLink } from './page-link.tsx';
import { Problem, problemOf, type ProblemText } from './problem.tsx';
import { ViewTitle } from './view-title.tsx';

interface SignInProps {
  api: FTraderClient['api'];
  demoLogin: SystemStatus['demoLogin'];
  signUp: SystemStatus['signUp'];
  /** Why the last session ended, when it did so by itself. */
  notice: string | undefined;
  /** An account is to be made first. */
  creating: boolean;
  onSignedIn(user: User): void;
}

export function SignIn({ api, demoLogin, signUp, notice, creating, onSignedIn }: SignInProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemText>();
  const [asked, setAsked] = useState<Asked>();
  const [withCode, setWithCode] = useState(false); // whose password was right, and is not enough

  // The answer's tokens are for programs; this page lives on the HttpOnly cookie that came with it.
  async function attempt<T>(call: () => Promise<T>, done: (answer: T) => void) {
    setBusy(true);
    setProblem(undefined);
    try {
      done(await call());
    } catch (error) {
      const failed = problemOf(error);
      if (failed.code === 'auth.code_required') setWithCode(true);
      else setProblem(failed);
    }
    setBusy(false);
  }
  const signIn = (login: Asked & { code?: string }) =>
    attempt(
      () => api.auth.login.mutate(login),
      ({ user }) => onSignedIn(user),
    );
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    const login = { email: text('email'), password: text('password') };
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    if (!creating) return void signIn({ ...login, ...(withCode && { code: text('code') }) });
    void attempt(
      () => api.auth.register.mutate({ ...login, name: text('name'), timeZone }),
      () => setAsked(login),
    );
  }
  const fields = problem?.fields ?? {};
  const ofCode = problem?.code === 'auth.code_wrong' ? problem.message : fields.code;
  if (creating && asked)
    return (
      <main className="centre">
        <section className="card" aria-labelledby="confirm-title">
          <ViewTitle id="confirm-title" view="confirm">
            Confirm your address
          </ViewTitle>
          <ConfirmAddress
            api={api}
            asked={asked}
            mailbox={signUp.mailbox}
            onSignedIn={onSignedIn}
            onBack={() => setAsked(undefined)}
          />
        </section>
      </main>
    );
  return (
    <main className="centre">
      <section className="card" aria-labelledby="sign-in-title">
        <ViewTitle id="sign-in-title" view={creating ? 'sign-up' : 'sign-in'}>
          {creating ? 'Create an account' : 'Sign in'}
        </ViewTitle>
        {notice && !problem && (
          <p className="notice" role="status">
            {notice}
          </p>
        )}
        {demoLogin && !creating && (
          <>
            <button type="button" className="primary" disabled={busy} onClick={() => void signIn(demoLogin)}>
              Look around with the demo login
            </button>
            <p className="quiet">
              {signUp.simulatedAccount
                ? 'Simulated account, simulated money. Nothing to set up.'
                : 'Prices only: this server runs no simulator, so the login has no account.'}
            </p>
            <p className="or" aria-hidden="true">
              <span>or</span>
            </p>
          </>
        )}
        <form onSubmit={submit} aria-busy={busy}>
          {creating && (
            <Field label="Name" name="name" autoComplete="name" maxLength={80} error={fields.name} />
          )}
          <Field
            label="E-mail address"
            name="email"
            type="email"
            autoComplete="username"
            error={fields.email}
            onChange={() => setWithCode(false)}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete={creating ? 'new-password' : 'current-password'}
            {...(creating ? { minLength: 10, hint: 'At least 10 characters' } : {})}
            error={fields.password}
          />
          {!creating && (
            <PageLink className="forgot" to={{ at: 'forgotten' }}>
              Forgot it?
            </PageLink>
          )}
          {!creating && withCode && (
            <Field
              label="Code of your authenticator"
              name="code"
              autoComplete="one-time-code"
              autoFocus
              maxLength={60}
              hint="6 digits, or one of your recovery codes"
              error={ofCode}
            />
          )}
          {problem && ofCode === undefined && <Problem problem={problem} />}
          <button type="submit" className={demoLogin && !creating ? '' : 'primary'} disabled={busy}>
            {creating ? 'Create account' : 'Sign in'}
          </button>
        </form>
        {signUp.open && (
          <button
            type="button"
            className="link"
            onClick={() => {
              setProblem(undefined);
              if (creating) leave();
              else go({ at: 'sign-up' });
            }}
          >
            {creating ? 'I have an account' : 'Create an account'}
          </button>
        )}
      </section>
    </main>
  );
}
