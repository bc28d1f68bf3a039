// How somebody is told what happens: which kinds by which channel, how well each channel works, and their webhooks.
import type { FTraderClient, Profile } from '../../../client/index.ts';
import type { YouPart } from './address.ts';
import { NotificationChannels } from './notification-channels.tsx';
import { NotificationChoices } from './notification-choices.tsx';
import { Problem } from './problem.tsx';
import { Section } from './section.tsx';
import { useReading } from './reading.ts';
import { YourWebhooks } from './your-webhooks.tsx';

interface YourNotificationsProps {
  api: FTraderClient['api'];
  me: Profile;
  section(name: YouPart): { title: string; isAsked: boolean };
}

export function YourNotifications({ api, me, section }: YourNotificationsProps) {
  const { data, problem, again } = useReading(['your-notifications'], async () => {
    const [preferences, { webhooks }] = await Promise.all([
      api.notifications.getPreferences.query(),
      api.notifications.listWebhooks.query(),
    ]);
    return { preferences, webhooks };
  });
  return (
    <>
      <Section {...section('notifications')}>
        {problem && <Problem problem={problem} />}
        {data ? (
          <>
            <NotificationChoices {...{ api, me }} preferences={data.preferences} onChanged={again} />
            <NotificationChannels {...{ api }} channels={data.preferences.channels} onChanged={again} />
          </>
        ) : (
          !problem && (
            <p className="none" role="status">
              Reading…
            </p>
          )
        )}
      </Section>
      {data && (
        <Section {...section('webhooks')}>
          <YourWebhooks
            {...{ api }}
            webhooks={data.webhooks}
            kinds={data.preferences.kinds.map(({ kind }) => kind)}
            onChanged={again}
          />
        </Section>
      )}
    </>
  );
}
