// The e-mail address, and confirming it with the code that was mailed to it.
import { useState } from 'react';
import type { FTraderClient, Profile } from '../../../client/index.ts';
import { CallForm, typedIn } from './call-form.tsx';
import { MailboxLink } from './mailbox-link.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface YourEmailProps {
  api: FTraderClient['api'];
  me: Profile;
  /** Mail is kept on the server's machine instead of sent. */
  mailbox: boolean;
  onChanged(): void;
}

export function YourEmail({ api, me: { email, emailVerified }, mailbox, onChanged }: YourEmailProps) {
  const [said, setSaid] = useState('');
  const { problem, run } = useAction();
  return (
    <>
      <p>
        {email}{' '}
        <span className={emailVerified ? 'badge' : 'badge warn'}>
          {emailVerified ? 'Confirmed' : 'Not confirmed'}
        </span>
      </p>
      {!emailVerified && (
        <>
          <p className="quiet">Confirm it with the code that was mailed to it: live dealing needs it.</p>
          {mailbox && <MailboxLink />}
          <CallForm
            api={api}
            label="Confirm the address"
            text="Confirm the address"
            codes={{ 'auth.code_invalid': 'code' }}
            send={(form) => api.auth.verifyEmail.mutate({ code: typedIn(form, 'code') })}
            onDone={onChanged}
            way="Send a code again"
            onCancel={() =>
              void run(
                () => api.auth.resendVerification.mutate({ email }),
                () => setSaid('A code is on its way.'),
              )
            }
          >
            {({ field }) => (
              <div className="fields">{field('code', 'Code', { autoComplete: 'one-time-code' })}</div>
            )}
          </CallForm>
          <p className={said ? 'said' : 'hidden'} role="status">
            {said}
          </p>
          {problem && <Problem problem={problem} />}
        </>
      )}
    </>
  );
}
