// About whoever is signed in, a section each: who they are, how they prove it, where they are signed in, how they are told what
// happens, what programs may do for them.
import type { Account, FTraderClient } from '../../../client/index.ts';
import { PageLink } from './page-link.tsx';
import { Problem } from './problem.tsx';
import { Section } from './section.tsx';
import { useReread } from './use-read.ts';
import { YourData } from './your-data.tsx';
import { YourDeletion } from './your-deletion.tsx';
import { YourDevices } from './your-devices.tsx';
import { YourEmail } from './your-email.tsx';
import { YourKeys } from './your-keys.tsx';
import { YourNotifications } from './your-notifications.tsx';
import { YourPassword } from './your-password.tsx';
import { YourProfile } from './your-profile.tsx';
import { YourTwoFactor } from './your-two-factor.tsx';

interface YouViewProps {
  api: FTraderClient['api'];
  accounts: readonly Account[];
  /** Mail is kept on the server's machine instead of sent. */
  mailbox: boolean;
  /** What the head shows has changed. */
  onChanged(): void;
  /** Nobody is signed in here any more. */
  onSignedOut(why: string): void;
}

export default function YouView({ api, accounts, mailbox, onChanged, onSignedOut }: YouViewProps) {
  const { data, problem, again } = useReread(async () => {
    const [me, { sessions }, { apiKeys }] = await Promise.all([
      api.users.me.query(),
      api.auth.listSessions.query(),
      api.auth.listApiKeys.query(),
    ]);
    return { me, sessions, apiKeys };
  });
  const changed = () => {
    again();
    onChanged();
  };
  return (
    <main className="history you" aria-labelledby="you-title">
      <div className="card-head">
        <h1 id="you-title">You</h1>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      {problem && <Problem problem={problem} />}
      {data ? (
        <>
          <Section title="Profile">
            <YourProfile {...{ api }} me={data.me} onChanged={changed} />
          </Section>
          <Section title="E-mail address">
            <YourEmail {...{ api, mailbox }} me={data.me} onChanged={changed} />
          </Section>
          <Section title="Password">
            <YourPassword {...{ api }} onChanged={changed} />
          </Section>
          <Section title="Two-factor authentication">
            <YourTwoFactor {...{ api }} {...data.me.twoFactor} onChanged={again} />
          </Section>
          <Section title="Devices">
            <YourDevices {...{ api, onSignedOut }} sessions={data.sessions} onChanged={again} />
          </Section>
          <YourNotifications {...{ api }} me={data.me} />
          <Section title="API keys">
            <YourKeys {...{ api, accounts }} {...data} onChanged={again} />
          </Section>
          <Section title="Your data">
            <YourData {...{ api }} />
          </Section>
          <Section title="Delete your account">
            <YourDeletion {...{ api, onSignedOut }} />
          </Section>
        </>
      ) : (
        !problem && (
          <p className="none" role="status">
            Reading…
          </p>
        )
      )}
    </main>
  );
}
