// Which kinds of notifications go by which channel, and the hours in which no mail is wanted.
import { useState } from 'react';
import type { FTraderClient, Preferences, Profile } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { CallForm, typedIn } from './call-form.tsx';
import { channelName, channels, kindTitle, severityName } from './notification-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface NotificationChoicesProps {
  api: FTraderClient['api'];
  me: Profile;
  preferences: Preferences;
  onChanged(): void;
}
type Channel = (typeof channels)[number];

/** What is critical is always shown here. */
const isFixed = ({ severity }: Preferences['kinds'][number], channel: Channel) =>
  channel === 'in_app' && severity === 'critical';

export function NotificationChoices({ api, me, preferences, onChanged }: NotificationChoicesProps) {
  const [start, setStart] = useState({ at: 0, preferences }); // what the ticks and fields begin with
  const { kinds, quietHours } = start.preferences;
  const { busy, problem, run } = useAction();
  const box = (kind: string, channel: Channel) => `${kind} ${channel}`;
  return (
    <>
      <CallForm
        key={start.at}
        api={api}
        label="What is sent"
        text="Save what is sent"
        send={(form) => {
          const [from, to] = [typedIn(form, 'quietHours.from'), typedIn(form, 'quietHours.to')];
          const timeZone = typedIn(form, 'quietHours.timeZone');
          return api.notifications.setPreferences.mutate({
            kinds: kinds.map((each) => ({
              kind: each.kind,
              channels: Object.fromEntries(
                channels.map((channel) => [
                  channel,
                  isFixed(each, channel) || form.has(box(each.kind, channel)),
                ]),
              ),
            })),
            quietHours: from === '' && to === '' ? null : { from, to, timeZone },
          });
        }}
        onDone={() => {
          onChanged();
          return 'It is saved.';
        }}
      >
        {({ field, errorOf }) => (
          <>
            <table role="table" className="choices" aria-label="Kinds and channels">
              <thead role="rowgroup">
                <tr role="row">
                  <th role="columnheader" scope="col">
                    Kind
                  </th>
                  {channels.map((channel) => (
                    <th key={channel} role="columnheader" scope="col">
                      {channelName[channel]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody role="rowgroup">
                {kinds.map((each) => (
                  <tr key={each.kind} role="row">
                    <th role="rowheader" scope="row">
                      {kindTitle(each.kind)}{' '}
                      <span className={`badge severity ${each.severity}`}>{severityName[each.severity]}</span>
                    </th>
                    {channels.map((channel) => (
                      <td key={channel} role="cell">
                        <input
                          type="checkbox"
                          name={box(each.kind, channel)}
                          aria-label={`${kindTitle(each.kind)}: ${channelName[channel]}`}
                          title={isFixed(each, channel) ? 'What is critical is always shown here' : undefined}
                          defaultChecked={each.channels[channel]}
                          disabled={isFixed(each, channel)}
                        />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
            {errorOf('kinds') && <p className="down">{errorOf('kinds')}</p>}
            <fieldset className="checks quiet-hours">
              <legend>Quiet hours: mail waits until their end, except for what is critical</legend>
              <div className="fields">
                {field('quietHours.from', 'From', {
                  type: 'time',
                  required: false,
                  defaultValue: quietHours?.from ?? '',
                  hint: 'blank: there are none',
                })}
                {field('quietHours.to', 'To', {
                  type: 'time',
                  required: false,
                  defaultValue: quietHours?.to ?? '',
                  hint: 'before “From”: on the next day',
                })}
                {field('quietHours.timeZone', 'Time zone', {
                  required: false,
                  defaultValue: quietHours?.timeZone ?? me.timeZone,
                  hint: 'whose clocks they follow',
                })}
              </div>
            </fieldset>
          </>
        )}
      </CallForm>
      <div className="actions">
        <ArmedButton
          text="As usual"
          sure="Sure? All as usual"
          does="have all kinds sent as usual"
          disabled={busy}
          onPress={() =>
            void run(
              () =>
                api.notifications.setPreferences.mutate({ kinds: [], quietHours: preferences.quietHours }),
              (answer) => {
                onChanged();
                setStart(({ at }) => ({ at: at + 1, preferences: answer }));
              },
            )
          }
        />
        <span className="quiet">takes back what was ticked and not</span>
      </div>
      {problem && <Problem problem={problem} />}
    </>
  );
}
