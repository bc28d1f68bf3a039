// What opens in the panel of watchlists: the name of a list, and copying the lists that are kept at IG.
import { useState, type FormEvent } from 'react';
import type { Account } from '../../../client/index.ts';
import { accountName } from './account-words.ts';
import { Field } from './field.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import { importWords } from './watchlist.ts';
import type { WatchlistKeeper } from './watchlist-keeper.ts';

interface NameFormProps<Answer> {
  label: string;
  submit: string;
  before?: string;
  send(name: string): Promise<Answer>;
  onDone(answer: Answer): void;
}

export function NameForm<Answer>({ label, submit, before, send, onDone }: NameFormProps<Answer>) {
  const { busy, problem, run } = useAction();
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    if (name !== '') void run(() => send(name), onDone);
  }
  const isOfName = problem?.code === 'market_data.watchlist_name_taken';
  return (
    <form onSubmit={onSubmit} aria-busy={busy}>
      <Field
        label={label}
        name="name"
        defaultValue={before}
        maxLength={60}
        autoComplete="off"
        autoFocus
        error={isOfName ? problem.message : problem?.fields?.name}
      />
      {problem && !isOfName && !problem.fields?.name && <Problem problem={problem} />}
      <button type="submit" className="primary" aria-disabled={busy}>
        {submit}
      </button>
    </form>
  );
}

export function ImportForm({ keeper, account }: { keeper: WatchlistKeeper; account: Account }) {
  const [withBrokersOwn, setWithBrokersOwn] = useState(false);
  const [told, setTold] = useState<readonly string[]>();
  const { busy, problem, run } = useAction();
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTold(undefined);
    void run(
      () => keeper.importFrom(account.id, withBrokersOwn),
      (done) => setTold(importWords(done)),
    );
  }
  return (
    <form onSubmit={onSubmit} aria-busy={busy}>
      <p className="quiet">
        Copies the lists that the login of {accountName(account)} keeps at IG. Nothing is changed there;
        imported again, the same lists are brought up to date.
      </p>
      <label className="check">
        <input
          type="checkbox"
          checked={withBrokersOwn}
          onChange={({ target }) => setWithBrokersOwn(target.checked)}
        />
        <span>Also IG’s own, such as Popular Markets</span>
      </label>
      <button type="submit" className="primary" aria-disabled={busy}>
        {busy ? 'Asking IG…' : 'Import'}
      </button>
      {problem && <Problem problem={problem} />}
      <div role="status">
        {told && (
          <ul className="told">
            {told.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
      </div>
    </form>
  );
}
