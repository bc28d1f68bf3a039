// Connecting the accounts of a login at the broker, or the simulated account of this server.
import { useState, type FormEvent } from 'react';
import type { Account, Environment, FTraderClient } from '../../../client/index.ts';
import { environmentName } from './account-words.ts';
import { CredentialFields, credentialsOf } from './credential-fields.tsx';
import { FormButtons } from './form-buttons.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

const about: Record<Environment, string> = {
  simulated: 'Your account at this server’s own simulator: play money, no credentials.',
  demo: 'IG’s practice accounts: play money at IG’s prices.',
  live: 'Real money: whatever is dealt on these accounts is dealt at IG and costs real money.',
};

interface ConnectFormProps {
  api: FTraderClient['api'];
  /** Whether the simulated account can be connected. */
  simulated: boolean;
  onConnected(accounts: readonly Account[]): Promise<void>;
  onCancel(): void;
}

export function ConnectForm({ api, simulated, onConnected, onCancel }: ConnectFormProps) {
  const [environment, setEnvironment] = useState<Environment>('demo');
  const { busy, problem, run, clear } = useAction();
  const choices: Environment[] = ['demo', 'live', ...(simulated ? (['simulated'] as const) : [])];
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const credentials = credentialsOf(event.currentTarget);
    if (!credentials) event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    else
      void run(
        () => api.accounts.connect.mutate({ environment, ...credentials }),
        ({ accounts }) => onConnected(accounts),
      );
  }
  const isBeside = ['environment', 'apiKey', 'identifier', 'password'].some(
    (name) => problem?.fields?.[name],
  );
  return (
    <form className="connect" onSubmit={submit} aria-busy={busy} autoComplete="off">
      <fieldset className="environments" aria-describedby="about-environment">
        <legend>Environment</legend>
        {choices.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="environment"
              value={each}
              checked={environment === each}
              autoFocus={each === environment}
              onChange={() => {
                setEnvironment(each);
                clear();
              }}
            />
            <span className={`badge env ${each}`}>{environmentName[each]}</span>
          </label>
        ))}
      </fieldset>
      <p
        id="about-environment"
        className={environment === 'live' || problem?.fields?.environment ? 'down' : 'quiet'}
      >
        {problem?.fields?.environment ?? about[environment]}
      </p>
      {environment !== 'simulated' && <CredentialFields problem={problem} />}
      {problem && !isBeside && <Problem problem={problem} />}
      <FormButtons busy={busy} text={busy ? 'Asking the broker…' : 'Connect'} onCancel={onCancel} />
    </form>
  );
}
