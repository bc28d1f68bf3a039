// API keys, for programs: which there are, a new one, and revoking one.
import { useState } from 'react';
import type { Account, ApiKey, CreatedApiKey, FTraderClient, Profile } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { ArmedButton } from './armed-button.tsx';
import { dayAndTime } from './format.ts';
import { NewKeyForm } from './new-key-form.tsx';
import { Problem } from './problem.tsx';
import { ShownOnce } from './shown-once.tsx';
import { useAction } from './use-action.ts';

interface YourKeysProps {
  api: FTraderClient['api'];
  me: Profile;
  apiKeys: readonly ApiKey[];
  accounts: readonly Account[];
  onChanged(): void;
}

export function YourKeys({ api, me, apiKeys, accounts, onChanged }: YourKeysProps) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<CreatedApiKey>();
  const { busy, problem, run } = useAction();
  const nameOf = (accountId: string) => {
    const account = accounts.find(({ id }) => id === accountId);
    return account ? accountLabel(account) : accountId;
  };
  return (
    <>
      <p className="quiet">
        A program sends one as <code>Authorization: Bearer ft_…</code> and may do what the key may.
      </p>
      {made && (
        <ShownOnce
          key={made.id}
          label={`The key ${made.name}`}
          what="Key"
          value={made.key}
          onClose={() => setMade(undefined)}
        >
          This is the key {made.name}. It is shown this once: copy it now.
        </ShownOnce>
      )}
      {apiKeys.length > 0 && (
        <ul className="owned" aria-label="API keys">
          {apiKeys.map(({ id, name, scopes, accountIds, networks, expiresAt, lastUsedAt }) => (
            <li key={id}>
              <p>
                <strong>{name}</strong>
                <span className="quiet">
                  {[
                    scopes.join(', '),
                    ...(accountIds ? [`on ${accountIds.map(nameOf).join(', ')}`] : []),
                    ...(networks ? [`from ${networks.join(', ')}`] : []),
                    ...(expiresAt ? [`until ${dayAndTime(expiresAt)}`] : []),
                    lastUsedAt ? `last used ${dayAndTime(lastUsedAt)}` : 'never used',
                  ].join(' · ')}
                </span>
              </p>
              <ArmedButton
                text="Revoke"
                sure="Sure? Revoke"
                does={`revoke ${name}`}
                disabled={busy}
                onPress={() => void run(() => api.auth.revokeApiKey.mutate({ id }), onChanged)}
              />
            </li>
          ))}
        </ul>
      )}
      {problem && <Problem problem={problem} />}
      {making ? (
        <NewKeyForm
          {...{ api, accounts }}
          isAdmin={me.isAdmin}
          onDone={(created) => {
            setMade(created);
            setMaking(false);
            onChanged();
          }}
          onCancel={() => setMaking(false)}
        />
      ) : (
        <div className="actions">
          <button type="button" onClick={() => setMaking(true)}>
            New key
          </button>
        </div>
      )}
    </>
  );
}
