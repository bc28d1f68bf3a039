// Where somebody is signed in, and ending it there.
import type { FTraderClient, SessionShown } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { CallForm } from './call-form.tsx';
import { dayAndTime } from './format.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface YourDevicesProps {
  api: FTraderClient['api'];
  sessions: readonly SessionShown[];
  onChanged(): void;
  onSignedOut(why: string): void;
}

export function YourDevices({ api, sessions, onChanged, onSignedOut }: YourDevicesProps) {
  const { busy, problem, run } = useAction();
  return (
    <>
      <ul className="owned" aria-label="Devices">
        {sessions.map(({ id, current, createdAt, lastSeenAt, userAgent, network }) => {
          const name = deviceName(userAgent);
          return (
            <li key={id}>
              <p title={userAgent ?? undefined}>
                <strong>{name}</strong> {current && <span className="badge in-use">This one</span>}
                <span className="quiet">
                  {network && `${network} · `}signed in {dayAndTime(createdAt)} · last seen{' '}
                  {dayAndTime(lastSeenAt)}
                </span>
              </p>
              {!current && (
                <ArmedButton
                  text="Sign out"
                  sure="Sure? Sign out"
                  does={`sign out ${name}`}
                  disabled={busy}
                  onPress={() => void run(() => api.auth.revokeSession.mutate({ id }), onChanged)}
                />
              )}
            </li>
          );
        })}
      </ul>
      {problem && <Problem problem={problem} />}
      <CallForm
        api={api}
        label="Sign out everywhere"
        text="Sign out everywhere"
        send={(form) => api.auth.logoutEverywhere.mutate({ apiKeys: form.has('apiKeys') })}
        onDone={() => onSignedOut('You are signed out everywhere.')}
      >
        {() => (
          <label className="check">
            <input type="checkbox" name="apiKeys" />
            <span>Revoke all API keys as well</span>
          </label>
        )}
      </CallForm>
    </>
  );
}

const known = {
  browser: [/(Edg)/, /(OPR)/, /(Firefox|FxiOS)/, /(Chrome|CriOS)/, /(Safari)/],
  system: [/(iPhone|iPad|Android)/, /(Windows|Mac OS X|CrOS|Linux)/],
};
const shownAs: Record<string, string> = {
  ...{ Edg: 'Edge', OPR: 'Opera', FxiOS: 'Firefox', CriOS: 'Chrome', CrOS: 'ChromeOS', 'Mac OS X': 'macOS' },
};
/** Characters of a name that no browser gave. */
const longestName = 40;

/** A user agent in short: `Chrome on Linux`; what is no browser's is shown as it begins. */
function deviceName(userAgent: string | null): string {
  if (userAgent === null) return 'A program without a name';
  const find = (patterns: readonly RegExp[]) => {
    const found = patterns.map((each) => each.exec(userAgent)?.[1]).find((word) => word !== undefined);
    return found && (shownAs[found] ?? found);
  };
  const [browser, system] = [find(known.browser), find(known.system)];
  return browser && system ? `${browser} on ${system}` : userAgent.slice(0, longestName);
}
