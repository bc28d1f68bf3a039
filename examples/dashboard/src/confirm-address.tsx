// The last step of signing up: the code that was mailed to the new address.
import { useState, type FormEvent } from 'react';
import type { FTraderClient, User } from '../../../client/index.ts';
import { Field } from './field.tsx';
import { MailboxLink } from './mailbox-link.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

export interface Asked {
  email: string;
  password: string;
}

export function ConfirmAddress({
  api,
  asked,
  mailbox,
  onSignedIn,
  onBack,
}: {
  api: FTraderClient['api'];
  asked: Asked;
  /** Mail is kept on the server's machine instead of sent. */
  mailbox: boolean;
  onSignedIn(user: User): void;
  onBack(): void;
}) {
  const { busy, problem, run } = useAction();
  const [again, setAgain] = useState(false);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code') ?? '');
    const confirm = async () => {
      await api.auth.verifyEmail.mutate({ code, password: asked.password });
      return api.auth.login.mutate(asked);
    };
    void run(confirm, ({ user }) => onSignedIn(user));
  }
  return (
    <>
      <p className="quiet" role="status">
        {again ? 'Another code was mailed' : 'A code was mailed'} to {asked.email}.
      </p>
      {mailbox && <MailboxLink />}
      <form onSubmit={submit} aria-busy={busy}>
        <Field label="Code" name="code" autoComplete="one-time-code" error={problem?.fields?.code} />
        {problem && <Problem problem={problem} />}
        <button type="submit" className="primary" disabled={busy}>
          Confirm
        </button>
      </form>
      <button
        type="button"
        className="link"
        disabled={busy}
        onClick={() =>
          void run(
            () => api.auth.resendVerification.mutate({ email: asked.email }),
            () => setAgain(true),
          )
        }
      >
        Send another code
      </button>
      <button type="button" className="link" onClick={onBack}>
        Back
      </button>
    </>
  );
}
