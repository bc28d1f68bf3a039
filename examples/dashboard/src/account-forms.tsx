// What opens in an account's card: another name, new credentials, and the question before it is disconnected.
import { useState, type FormEvent } from 'react';
import type { Account, FTraderClient, Position } from '../../../client/index.ts';
import { accountName, environmentName } from './account-words.ts';
import { CredentialFields, credentialsOf } from './credential-fields.tsx';
import { verb } from './deal-words.ts';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import { levelText } from './format.ts';
import { Problem, problemOf } from './problem.tsx';
import { useAction } from './use-action.ts';

export interface AccountFormProps {
  api: FTraderClient['api'];
  account: Account;
  /** It is done: what to say of it. */
  onDone(said: string): Promise<void>;
  onCancel(): void;
}

export function RenameForm({ api, account: { id, name }, onDone, onCancel }: AccountFormProps) {
  const { busy, problem, run } = useAction();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get('name'));
    void run(
      () => api.accounts.update.mutate({ id, name: typed }),
      (renamed) => onDone(`Renamed to ${renamed.name}.`),
    );
  }
  return (
    <form onSubmit={submit} aria-busy={busy} aria-label="Rename">
      <Field
        label="Name"
        name="name"
        defaultValue={name}
        maxLength={80}
        autoComplete="off"
        autoFocus
        error={problem?.fields?.name}
      />
      {problem && !problem.fields?.name && <Problem problem={problem} />}
      <FormButtons busy={busy} text="Save the name" onCancel={onCancel} />
    </form>
  );
}

export function CredentialsForm({ api, account, onDone, onCancel }: AccountFormProps) {
  const { busy, problem, run } = useAction();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const credentials = credentialsOf(event.currentTarget);
    if (credentials)
      void run(
        () => api.accounts.updateCredentials.mutate({ id: account.id, ...credentials }),
        () => onDone('The broker lets the new credentials in: they are kept.'),
      );
    else event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }
  const isBeside = ['apiKey', 'identifier', 'password'].some((name) => problem?.fields?.[name]);
  return (
    <form onSubmit={submit} aria-busy={busy} aria-label="New credentials" autoComplete="off">
      <p className="quiet">
        For every account of this login. The broker is asked first: what it does not let in is not kept.
      </p>
      <CredentialFields problem={problem} optional />
      {problem && !isBeside && <Problem problem={problem} />}
      <FormButtons
        busy={busy}
        text={busy ? 'Asking the broker…' : 'Save the credentials'}
        onCancel={onCancel}
      />
    </form>
  );
}

/** Positions named in the question; there may be thousands. */
const maxNamed = 8;

export function DisconnectForm({ api, account, onDone, onCancel }: AccountFormProps) {
  const { id, environment } = account;
  const [open, setOpen] = useState<readonly Position[]>();
  const { busy, problem, run } = useAction();
  const hasOpen = open !== undefined || problem?.code === 'accounts.open_positions';
  const disconnect = () =>
    void run(
      async () => {
        try {
          return await api.accounts.disconnect.mutate({ id, withOpenPositions: hasOpen });
        } catch (error) {
          if (problemOf(error).code !== 'accounts.open_positions') throw error;
          const { positions } = await api.trading.listPositions.query({ accountId: id });
          setOpen(positions);
          return undefined;
        }
      },
      (left) => left && onDone(`${accountName(account)} is disconnected.`),
    );
  return (
    <div className="ask" role="group" aria-label="Disconnect">
      {hasOpen ? (
        <div role="alert">
          <p>
            <strong>
              {open?.length === 1 ? 'A position is' : `${open?.length ?? 'Some'} positions are`} open on this{' '}
              {environmentName[environment]} account:
            </strong>
          </p>
          {open && open.length > 0 && (
            <ul>
              {open.slice(0, maxNamed).map((each) => (
                <li key={each.dealId}>
                  {verb(each.direction)} {levelText(each.size)} {each.name} at {levelText(each.level)}
                </li>
              ))}
              {open.length > maxNamed && <li>and {open.length - maxNamed} more</li>}
            </ul>
          )}
          <p>Close them first, or leave them to the broker: they go on there, unwatched from here.</p>
        </div>
      ) : (
        <p>
          Disconnect {accountName(account)}? Its credentials are erased here; its deals and history stay.
          {environment === 'simulated' && ' It can be connected again.'}
        </p>
      )}
      {problem && problem.code !== 'accounts.open_positions' && <Problem problem={problem} />}
      <div className="actions">
        <button type="button" className="danger" aria-disabled={busy} onClick={disconnect}>
          {hasOpen ? 'Disconnect all the same' : 'Yes, disconnect'}
        </button>
        <button type="button" autoFocus onClick={onCancel}>
          Keep it
        </button>
      </div>
    </div>
  );
}
