// Which kinds go by which channel: what a user chose, and what is usual where nothing was chosen. Pure.
import type {
  ChannelName,
  ChosenKinds,
  SetPreferences,
} from '../../../../shared/notification-preferences.ts';
import type { Channel } from '../channels/channel.ts';
import { isInAppOnly, isMailedAlready, leavingKinds, severityOf } from '../kinds.ts';

/** Whether a notification of this kind goes by the channel. */
export function wants(
  choices: ChosenKinds,
  kind: string,
  channel: Pick<Channel, 'name' | 'usual' | 'leaving'>,
) {
  if (isInAppOnly(kind)) return channel.leaving === null;
  const chosen = Object.hasOwn(choices, kind) ? choices[kind]![channel.name] : undefined;
  return chosen ?? (!(channel.name === 'email' && isMailedAlready(kind)) && channel.usual(severityOf(kind)));
}

/** Whether any kind is not wanted in the app. */
export const mutesAny = (choices: ChosenKinds, channel: ChannelName): boolean =>
  Object.values(choices).some((each) => each[channel] === false);

/** Field → what is wrong with it, of choices that cannot be had; empty: all can. */
export function problemsOf(
  { kinds }: Pick<SetPreferences, 'kinds'>,
  channels: readonly Channel[],
): Record<string, string> {
  const known = leavingKinds();
  const unknown = kinds.filter(({ kind }) => !known.includes(kind as never));
  const urgent = kinds.flatMap(({ kind, channels: chosen }) =>
    channels
      .filter(({ name, mayBeMuted }) => chosen[name] === false && !mayBeMuted(severityOf(kind)))
      .map(({ name }) => `${kind} by ${name}`),
  );
  if (unknown.length > 0)
    return {
      kinds: `has ${unknown.map(({ kind }) => kind).join(', ')}, which is no kind of notification: there are ${known.join(', ')}`,
    };
  if (urgent.length > 0)
    return { kinds: `switches off ${urgent.join(', ')}: what is critical is always shown there` };
  return {};
}
