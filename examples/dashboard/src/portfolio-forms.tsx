// The small forms of portfolios: a new one, and a closing price or an exchange rate of a day.
import { useState, type FormEvent } from 'react';
import type { FTraderClient, Portfolio, SetPrices } from '../../../client/index.ts';
import { Choice } from './choice.tsx';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import { readNumber } from './portfolio-terms.ts';
import type { MissingDays } from './portfolio-words.ts';
import { Rest } from './rest.tsx';
import { useAction } from './use-action.ts';

type Api = FTraderClient['api'];
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface NewPortfolioProps {
  api: Api;
  /** Suggested. */
  currency: string;
  onDone(made: Portfolio): void;
  onCancel?: (() => void) | undefined;
}

export function NewPortfolioForm({ api, currency, onDone, onCancel }: NewPortfolioProps) {
  const { busy, problem, run } = useAction();
  const names = ['name', 'baseCurrency', 'timeZone', 'startsOn'];
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim();
    const input = {
      name: text('name'),
      baseCurrency: text('baseCurrency').toUpperCase(),
      timeZone: text('timeZone'),
      startsOn: text('startsOn'),
    };
    void run(() => api.portfolio.create.mutate(input), onDone);
  }
  const field = (name: string, label: string, value: string, more: object = {}) => (
    <Field
      label={label}
      name={name}
      defaultValue={value}
      autoComplete="off"
      error={problem?.fields?.[name]}
      {...more}
    />
  );
  return (
    <form className="sheet" onSubmit={submit} aria-busy={busy} aria-label="New portfolio" noValidate>
      <div className="fields">
        {field('name', 'Name', '', { maxLength: 80, autoFocus: true })}
        {field('baseCurrency', 'Base currency', currency, { maxLength: 3, hint: 'cannot be changed' })}
        {field('startsOn', 'Starts on', `${new Date().getFullYear()}-01-01`, {
          type: 'date',
          hint: 'no transaction is before it',
        })}
        {field('timeZone', 'Time zone of its days', here, { hint: 'cannot be changed' })}
      </div>
      <Rest problem={problem} beside={names} />
      <FormButtons busy={busy} text="Make the portfolio" onCancel={onCancel} />
    </form>
  );
}

const entered: Record<MissingDays['what'], string> = { price: 'Closing price', rate: 'Exchange rate' };

interface PriceFormProps {
  api: Api;
  base: string;
  /** What is missing and was pressed: the form begins with it. Draw it with this as `key`. */
  start: (MissingDays & { currency: string }) | undefined;
  today: string;
  onDone(said: string): void;
}

export function PriceForm({ api, base, start, today, onDone }: PriceFormProps) {
  const [what, setWhat] = useState(start?.what ?? 'price');
  const [texts, setTexts] = useState({
    of: start?.of ?? '',
    on: start?.last ?? today,
    value: '',
    currency: start?.currency ?? base,
  });
  const [missed, setMissed] = useState<string>();
  const { busy, problem, run } = useAction();
  const told = (name: string) => problem?.fields?.[`${what}s[0].${name}`];
  const ofRate = what === 'rate';
  const names = ofRate
    ? { of: 'from', value: 'rate', currency: 'to' }
    : { of: 'instrument', value: 'price', currency: 'currency' };
  function submit(event: FormEvent) {
    event.preventDefault();
    const { on } = texts;
    const [of, currency] = [texts.of.trim(), texts.currency.trim().toUpperCase()];
    const read = readNumber(texts.value, ofRate ? 'number' : 'price');
    setMissed('missed' in read ? read.missed : undefined);
    if ('missed' in read) return;
    const input: Partial<SetPrices> = ofRate
      ? { rates: [{ from: of.toUpperCase(), to: currency, on, rate: read.value }] }
      : { prices: [{ instrument: of, on, price: read.value, currency }] };
    void run(
      () => api.portfolio.setPrices.mutate(input),
      () => {
        setTexts((before) => ({ ...before, value: '' }));
        onDone(`${ofRate ? 'The rate' : 'The price'} of ${of} on ${on} is entered.`);
      },
    );
  }
  const field = (name: keyof typeof texts, label: string, error: string | undefined, more: object = {}) => (
    <Field
      label={label}
      name={name}
      value={texts[name]}
      autoComplete="off"
      onChange={({ target }) => setTexts((before) => ({ ...before, [name]: target.value }))}
      error={error}
      {...more}
    />
  );
  return (
    <form className="sheet" onSubmit={submit} aria-busy={busy} aria-label="Price or rate" noValidate>
      <div className="fields">
        <label>
          What
          <Choice label="What is entered" options={entered} chosen={what} onChoose={setWhat} />
        </label>
        {field('of', ofRate ? 'From currency' : 'Instrument', told(names.of), { maxLength: 40 })}
        {field('on', 'Day', told('on'), { type: 'date', max: today })}
        {field('value', ofRate ? 'Rate' : 'Price', missed ?? told(names.value), {
          inputMode: 'decimal',
          autoFocus: start !== undefined,
        })}
        {field('currency', ofRate ? 'To currency' : 'Currency', told(names.currency), { maxLength: 3 })}
      </div>
      <Rest
        problem={problem}
        beside={['of', 'on', 'value', 'currency'].map((name) => `${what}s[0].${names[name as 'of'] ?? name}`)}
      />
      <FormButtons busy={busy} text="Enter it" />
    </form>
  );
}
