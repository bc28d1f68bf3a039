// About whoever is signed in, a section each: who they are, how they prove it, where they are signed in, how they are told what
// happens, what programs may do for them.
import type { Account, FTraderClient } from '../../../client/index.ts';
import { youParts, type YouPart } from './address.ts';
import { PageLink } from './page-link.tsx';
import { Problem } from './problem.tsx';
import { PartLinks, Section } from './section.tsx';
import { useReading } from './reading.ts';
import { ViewTitle } from './view-title.tsx';
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
  /** Which section the address asks for. */
  part: YouPart | undefined;
  /** Mail is kept on the server's machine instead of sent. */
  mailbox: boolean;
  /** What the head shows has changed. */
  onChanged(): void;
  /** Nobody is signed in here any more. */
  onSignedOut(why: string): void;
}

export default function YouView({ api, accounts, part, mailbox, onChanged, onSignedOut }: YouViewProps) {
  const { data, problem, again } = useReading(['you'], async () => {
    const [me, { sessions }, { apiKeys }] = await Promise.all([
      api.users.me.query(),
      api.auth.listSessions.query(),
      api.auth.listApiKeys.query(),
    ]);
    return { me, sessions, apiKeys };
  });
  const section = (name: YouPart) => ({ title: youParts[name], isAsked: name === part });
  const changed = () => {
    void again();
    onChanged();
  };
  return (
    <main className="history you" aria-labelledby="you-title">
      <div className="card-head">
        <ViewTitle id="you-title" view="you" tab={part ? youParts[part] : 'You'}>
          You
        </ViewTitle>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <PartLinks label="Sections" parts={youParts} asked={part} to={(to) => ({ at: 'you', part: to })} />
      {problem && <Problem problem={problem} />}
      {data ? (
        <>
          <Section {...section('profile')}>
            <YourProfile {...{ api }} me={data.me} onChanged={changed} />
          </Section>
          <Section {...section('email')}>
            <YourEmail {...{ api, mailbox }} me={data.me} onChanged={changed} />
          </Section>
          <Section {...section('password')}>
            <YourPassword {...{ api }} onChanged={changed} />
          </Section>
          <Section {...section('two-factor')}>
            <YourTwoFactor {...{ api }} {...data.me.twoFactor} onChanged={again} />
          </Section>
          <Section {...section('devices')}>
            <YourDevices {...{ api, onSignedOut }} sessions={data.sessions} onChanged={again} />
          </Section>
          <YourNotifications {...{ api, section }} me={data.me} />
          <Section {...section('keys')}>
            <YourKeys {...{ api, accounts }} {...data} onChanged={again} />
          </Section>
          <Section {...section('data')}>
            <YourData {...{ api }} />
          </Section>
          <Section {...section('deletion')}>
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
