// The e-mail address, confirming it with the code that was mailed to it, and another address.
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
      <OtherEmail {...{ api, mailbox, onChanged }} />
    </>
  );
}

/** Nothing changes until the code that goes to the other address comes back from it. */
function OtherEmail({ api, mailbox, onChanged }: Omit<YourEmailProps, 'me'>) {
  const [asked, setAsked] = useState<string>();
  return asked === undefined ? (
    <CallForm
      key="ask"
      api={api}
      label="Another address"
      text="Change the address"
      send={async (form) => {
        const email = typedIn(form, 'email');
        await api.users.requestEmailChange.mutate({ email });
        return email;
      }}
      onDone={setAsked}
    >
      {({ field }) => <div className="fields">{field('email', 'Another address', { type: 'email' })}</div>}
    </CallForm>
  ) : (
    <>
      <p role="status">A code is on its way to {asked}: with it that is your address.</p>
      {mailbox && <MailboxLink />}
      <CallForm
        key="confirm"
        api={api}
        label="Confirm the change"
        text="Confirm the change"
        codes={{ 'auth.code_invalid': 'code' }}
        send={(form) => api.users.confirmEmailChange.mutate({ code: typedIn(form, 'code') })}
        onDone={() => {
          setAsked(undefined);
          onChanged();
        }}
        onCancel={() => setAsked(undefined)}
      >
        {({ field }) => (
          <div className="fields">
            {field('code', 'Code', { autoComplete: 'one-time-code', autoFocus: true })}
          </div>
        )}
      </CallForm>
    </>
  );
}
