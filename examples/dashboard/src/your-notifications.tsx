// How somebody is told what happens: which kinds by which channel, how well each channel works, and their webhooks.
import type { FTraderClient, Profile } from '../../../client/index.ts';
import { NotificationChannels } from './notification-channels.tsx';
import { NotificationChoices } from './notification-choices.tsx';
import { Problem } from './problem.tsx';
import { Section } from './section.tsx';
import { useReread } from './use-read.ts';
import { YourWebhooks } from './your-webhooks.tsx';

interface YourNotificationsProps {
  api: FTraderClient['api'];
  me: Profile;
}

export function YourNotifications({ api, me }: YourNotificationsProps) {
  const { data, problem, again } = useReread(async () => {
    const [preferences, { webhooks }] = await Promise.all([
      api.notifications.getPreferences.query(),
      api.notifications.listWebhooks.query(),
    ]);
    return { preferences, webhooks };
  });
  return (
    <>
      <Section title="Notifications">
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
        <Section title="Webhooks">
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
