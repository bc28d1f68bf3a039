// How well each channel works, and a test by it.
import { useState } from 'react';
import type { ChannelHealth, FTraderClient } from '../../../client/index.ts';
import { dayAndTime } from './format.ts';
import { channelName, testOutcome } from './notification-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface NotificationChannelsProps {
  api: FTraderClient['api'];
  channels: readonly ChannelHealth[];
  onChanged(): void;
}

export function NotificationChannels({ api, channels, onChanged }: NotificationChannelsProps) {
  const { busy, problem, run } = useAction();
  const [said, setSaid] = useState('');
  return (
    <>
      <ul className="owned" aria-label="Channels">
        {channels.map((health) => (
          <li key={health.channel} data-channel={health.channel}>
            <div>
              <strong>{channelName[health.channel]}</strong>{' '}
              <span className={`badge${health.problem || health.dead > 0 ? ' warn' : ''}`}>
                {health.problem ? 'Does not work' : health.dead > 0 ? 'Some were given up' : 'Works'}
              </span>
              <span className="quiet">{health.problem ?? factsOf(health)}</span>
            </div>
            {health.channel === 'webhook' ? (
              <small>A test stands with each webhook</small>
            ) : (
              <button
                type="button"
                aria-label={`Send a test: ${channelName[health.channel]}`}
                aria-disabled={busy}
                onClick={() => {
                  setSaid('');
                  void run(
                    () => api.notifications.testChannel.mutate({ channel: health.channel }),
                    (delivery) => {
                      setSaid(testOutcome(delivery));
                      onChanged();
                    },
                  );
                }}
              >
                Send a test
              </button>
            )}
          </li>
        ))}
      </ul>
      {problem && <Problem problem={problem} />}
      <p className={said ? 'said' : 'hidden'} role="status">
        {said}
      </p>
    </>
  );
}

function factsOf({ waiting, dead, lastSuccessAt, lastError, lastErrorAt, channel }: ChannelHealth): string {
  if (channel === 'in_app') return 'The inbox, which is always there.';
  return [
    `${waiting} waiting`,
    `${dead} given up`,
    ...(lastSuccessAt ? [`last delivered ${dayAndTime(lastSuccessAt)}`] : []),
    ...(lastError && lastErrorAt ? [`last error ${dayAndTime(lastErrorAt)}: ${lastError}`] : []),
  ].join(' · ');
}
