// A new password for whoever has forgotten theirs: a code goes to their address, and with it they choose another.
import { useState } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { leave } from './go.ts';
import { CallForm, typedIn } from './call-form.tsx';
import { MailboxLink } from './mailbox-link.tsx';
import { ViewTitle } from './view-title.tsx';

interface ForgottenPasswordProps {
  api: FTraderClient['api'];
  /** Mail is kept on the server's machine instead of sent. */
  mailbox: boolean;
  onDone(): void;
}

export default function ForgottenPassword({ api, mailbox, onDone }: ForgottenPasswordProps) {
  const [sentTo, setSentTo] = useState<string>();
  return (
    <main className="centre">
      <section className="card" aria-labelledby="forgotten-title">
        <ViewTitle id="forgotten-title" view="forgotten">
          A new password
        </ViewTitle>
        {sentTo === undefined ? (
          <CallForm
            api={api}
            label="Ask for a code"
            text="Mail me a code"
            send={async (form) => {
              const email = typedIn(form, 'email');
              await api.auth.requestPasswordReset.mutate({ email });
              return email;
            }}
            onDone={setSentTo}
          >
            {({ field }) =>
              field('email', 'E-mail address', { type: 'email', autoComplete: 'username', autoFocus: true })
            }
          </CallForm>
        ) : (
          <>
            <p role="status">
              If {sentTo} has an account here, a code is on its way to it. It is good for 30 minutes.
            </p>
            {mailbox && <MailboxLink />}
            <CallForm
              api={api}
              label="Choose a password"
              text="Set the password"
              codes={{ 'auth.code_invalid': 'code' }}
              send={(form) =>
                api.auth.resetPassword.mutate({
                  code: typedIn(form, 'code'),
                  password: String(form.get('password')),
                })
              }
              onDone={onDone}
              onCancel={() => setSentTo(undefined)}
              way="Ask again"
            >
              {({ field }) => (
                <>
                  {field('code', 'Code', { autoComplete: 'one-time-code', autoFocus: true })}
                  {field('password', 'New password', {
                    type: 'password',
                    autoComplete: 'new-password',
                    hint: 'At least 10 characters; every device is signed out',
                  })}
                </>
              )}
            </CallForm>
          </>
        )}
        <button type="button" className="link" onClick={() => leave()}>
          Back to signing in
        </button>
      </section>
    </main>
  );
}
