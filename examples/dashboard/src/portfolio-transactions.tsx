// The ledger of a portfolio, newest first: read page by page, added to, and taken back.
import { useMemo, useRef, useState, type FormEvent } from 'react';
import type {
  FTraderClient,
  Portfolio,
  PortfolioTransaction,
  TransactionKind,
  TransactionTerms,
} from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { ArmedButton } from './armed-button.tsx';
import { Choice } from './choice.tsx';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import { dayAndTime, money, signed, withoutZone } from './format.ts';
import { isRefusal } from './intent.ts';
import { Rest } from './rest.tsx';
import { fieldsOfKind, readTerms, type Texts } from './portfolio-terms.ts';
import { cashOf, kindName, termsText } from './portfolio-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import { useHistory } from './use-history.ts';

interface TransactionsProps {
  api: FTraderClient['api'];
  portfolio: Portfolio;
  /** Rises with each change of it. */
  version: number;
  onChanged(said: string): void;
}

export function PortfolioTransactions({ api, portfolio, version, onChanged }: TransactionsProps) {
  const { id } = portfolio;
  const query = useMemo(
    () => ({
      of: version,
      read: async (cursor: string | undefined, limit: number) => {
        const { transactions, nextCursor } = await api.portfolio.transactions.query({
          id,
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        return { rows: transactions, nextCursor };
      },
      fits: () => true,
    }),
    [api, id, version],
  );
  const { rows: read, busy, problem, hasMore, more, again } = useHistory<PortfolioTransaction>(query);
  const before = useRef(read); // stays until the next is there: nothing jumps with a change
  if (read.length > 0 || !busy) before.current = read;
  const rows = before.current;
  const [adding, setAdding] = useState(false);
  const taking = useAction();
  return (
    <section className="book" aria-labelledby="transactions-title">
      <div className="book-head">
        <h2 id="transactions-title">Transactions</h2>
        <button type="button" aria-expanded={adding} onClick={() => setAdding(!adding)}>
          Add a transaction
        </button>
      </div>
      {adding && <TransactionForm {...{ api, portfolio, onChanged }} onCancel={() => setAdding(false)} />}
      {taking.problem && <Problem problem={taking.problem} />}
      {rows.length > 0 && (
        <table role="table" aria-label="Transactions" className="deals">
          <thead role="rowgroup">
            <tr role="row">
              {[
                ['time', 'Time'],
                ['what', 'Transaction'],
                ['profit', 'Cash'],
                ['status', ''],
              ].map(([className, text]) => (
                <th key={className} role="columnheader" scope="col" className={className}>
                  {text || <span className="hidden">State</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row) => (
              <Row
                key={row.id}
                row={row}
                busy={taking.busy}
                onTakeBack={() =>
                  void taking.run(
                    // The same key for the same one: it is taken back once, however often that is asked.
                    () =>
                      api.portfolio.reverseTransaction.mutate({
                        id,
                        txId: row.id,
                        idempotencyKey: `take-back-${row.id}`,
                      }),
                    () => onChanged(`Taken back: ${kindName[row.terms.kind]} ${termsText(row.terms)}.`),
                  )
                }
              />
            ))}
          </tbody>
        </table>
      )}
      {problem && <Problem problem={problem} onRetry={rows.length === 0 ? again : more} />}
      {rows.length === 0 && !busy && !problem && (
        <p className="none">No transaction yet: add one, or import a file.</p>
      )}
      {hasMore && !problem && rows.length > 0 && (
        <button type="button" className="more" aria-disabled={busy} onClick={() => busy || more()}>
          {busy ? 'Reading…' : 'Older ones'}
        </button>
      )}
    </section>
  );
}

interface RowProps {
  row: PortfolioTransaction;
  busy: boolean;
  onTakeBack(): void;
}
function Row({ row, busy, onTakeBack }: RowProps) {
  const { id, at, terms, note, reverses, reversedBy } = row;
  const name = `${kindName[terms.kind]} ${termsText(terms)}`;
  return (
    <tr role="row" data-transaction={id} className={reversedBy || reverses ? 'undone' : undefined}>
      <td role="cell" className="time">
        <time dateTime={at.toISOString()} title={at.toISOString()}>
          {dayAndTime(at)}
        </time>
      </td>
      <th role="rowheader" scope="row" className="what">
        {reverses && 'Reversal of '}
        <span className="way">{kindName[terms.kind]}</span> {termsText(terms)} {note && <small>{note}</small>}
      </th>
      <td role="cell" className="profit">
        {cashOf(row).map(([currency, amount]) => (
          <span key={currency} className={profitClass(amount)}>
            {signed(money(amount))} {currency}{' '}
          </span>
        ))}
      </td>
      <td role="cell" className="status">
        {reversedBy ? (
          <span className="badge">Taken back</span>
        ) : (
          !reverses && (
            <ArmedButton
              text="Take back"
              sure="Press again"
              does={`take back ${name}`}
              disabled={busy}
              onPress={onTakeBack}
            />
          )
        )}
      </td>
    </tr>
  );
}

type FormProps = Omit<TransactionsProps, 'version'> & { onCancel(): void };
function TransactionForm({ api, portfolio: { id, baseCurrency }, onChanged, onCancel }: FormProps) {
  const [kind, setKind] = useState<TransactionKind>('buy');
  const [at, setAt] = useState(() => withoutZone(new Date()));
  const [texts, setTexts] = useState<Texts>({});
  const [missed, setMissed] = useState<Record<string, string>>({});
  const { busy, problem, run } = useAction();
  const unsure = useRef<{ request: string; key: string }>(undefined); // sent, and nobody knows whether it was written
  const fields = fieldsOfKind(kind, texts, baseCurrency);
  const wrong = { ...problem?.fields, ...missed };
  const set = (name: string, text: string) => setTexts((before) => ({ ...before, [name]: text }));
  function submit(event: FormEvent) {
    event.preventDefault();
    const read = readTerms(kind, texts, baseCurrency);
    const lacksTime = at === '' ? { at: 'Is needed' } : undefined;
    const wrongs = { ...lacksTime, ...('missed' in read && read.missed) };
    setMissed(wrongs);
    if ('missed' in read || lacksTime) return;
    const note = texts['note']?.trim();
    const asked = {
      id,
      at: new Date(at),
      terms: read.terms as TransactionTerms, // of the form's own fields; the server looks at all of it
      ...(note && { note }),
    };
    const request = JSON.stringify(asked);
    const key = unsure.current?.request === request ? unsure.current.key : crypto.randomUUID();
    unsure.current = { request, key };
    void run(
      () =>
        api.portfolio.addTransaction.mutate({ ...asked, idempotencyKey: key }).catch((error: unknown) => {
          if (isRefusal(error)) unsure.current = undefined;
          throw error;
        }),
      ({ terms }) => {
        unsure.current = undefined;
        setTexts(({ currency = '', instrument = '' }) => ({ ...(currency && { currency }), instrument }));
        onChanged(`Written: ${kindName[terms.kind]} ${termsText(terms)}.`);
      },
    );
  }
  return (
    <form className="sheet" onSubmit={submit} aria-busy={busy} aria-label="New transaction" noValidate>
      <div className="fields">
        <label>
          Kind
          <Choice label="Kind of transaction" options={kindName} chosen={kind} onChoose={setKind} />
        </label>
        <Field
          label="When, by this device’s clock"
          name="at"
          type="datetime-local"
          value={at}
          error={wrong['at']}
          onChange={({ target }) => setAt(target.value)}
        />
        {fields.map(({ name, label, as, optional }) =>
          as === 'direction' ? (
            <label key={name}>
              {label}
              <Choice
                label={label}
                options={{ in: 'In', out: 'Out' }}
                chosen={texts[name] === 'out' ? 'out' : 'in'}
                onChoose={(next) => set(name, next)}
              />
            </label>
          ) : (
            <Field
              key={name}
              label={label}
              name={name}
              required={!optional}
              autoComplete="off"
              maxLength={as === 'currency' ? 3 : 40}
              {...(as !== 'symbol' && as !== 'currency' && { inputMode: 'decimal' as const })}
              placeholder={optional && 'none'}
              value={texts[name] ?? (as === 'currency' ? baseCurrency : '')}
              error={wrong[`terms.${name}`]}
              onChange={({ target }) =>
                set(name, as === 'currency' ? target.value.toUpperCase() : target.value)
              }
            />
          ),
        )}
        <Field
          label="Note"
          name="note"
          required={false}
          maxLength={200}
          placeholder="none"
          value={texts['note'] ?? ''}
          error={wrong['note']}
          onChange={({ target }) => set('note', target.value)}
        />
      </div>
      <Rest problem={problem} beside={['at', 'note', ...fields.map(({ name }) => `terms.${name}`)]} />
      <FormButtons busy={busy} text="Write it" onCancel={onCancel} />
    </form>
  );
}
