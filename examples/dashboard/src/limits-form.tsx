// The limits of an account and of single markets in it, to be set and taken away: a blank field is no limit.
import { useState, type FormEvent } from 'react';
import type { AccountRisk, FTraderClient, LimitName } from '../../../client/index.ts';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import {
  fieldsOf,
  limitName,
  limitsOfAccount,
  limitsOfMarket,
  pathOf,
  readLimits,
  textsOf,
} from './limit-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface LimitsFormProps {
  api: FTraderClient['api'];
  risk: AccountRisk;
  onDone(after: AccountRisk): Promise<void>;
  onCancel(): void;
}

export function LimitsForm({ api, risk, onDone, onCancel }: LimitsFormProps) {
  const { accountId, currency, environment } = risk;
  const [limits] = useState(risk.limits); // as they were when the form was opened
  const [texts, setTexts] = useState(() => textsOf(limits));
  const [markets, setMarkets] = useState(() => limits.epics.map(({ epic }) => epic));
  const [missed, setMissed] = useState<Record<string, string>>({});
  const [sent, setSent] = useState<readonly number[]>([]);
  const { busy, problem, run } = useAction();
  const fields = fieldsOf(problem?.fields ?? {}, sent);
  const wrong = { ...fields, ...missed };

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = readLimits(texts, limits, markets);
    setMissed('missed' in read ? read.missed : {});
    if ('missed' in read) return;
    if (Object.keys(read.set).length === 0) return onCancel(); // as it was
    setSent(read.at);
    void run(() => api.trading.setRiskLimits.mutate({ accountId, ...read.set }), onDone);
  }
  const field = (limit: LimitName, market?: number) => {
    const path = pathOf(limit, market);
    const isRequired =
      environment === 'live' && market === undefined && ['maxSize', 'maxDailyLoss'].includes(limit);
    return (
      <Field
        key={path}
        label={`${limitName[limit]}${limit === 'maxExposure' || limit === 'maxDailyLoss' ? `, ${currency}` : ''}`}
        name={path}
        required={false}
        inputMode="decimal"
        autoComplete="off"
        maxLength={26}
        placeholder="no limit"
        value={texts[path] ?? ''}
        readOnly={busy}
        autoFocus={limit === 'maxSize' && market === undefined}
        hint={isRequired ? 'without it a live account only closes' : undefined}
        error={wrong[path]}
        onChange={({ target }) => setTexts((before) => ({ ...before, [path]: target.value }))}
      />
    );
  };
  const isBeside = Object.keys(fields).some((path) => path in texts || /^epics\[\d+\]/.test(path));
  return (
    <form className="limits" onSubmit={submit} aria-busy={busy} aria-label="Limits" noValidate>
      <p className="quiet">
        A blank field is no limit. They hold at once, also for what is not sent yet; closing is never bound by
        one.
      </p>
      <div className="fields">{limitsOfAccount.map((limit) => field(limit))}</div>
      {markets.map((epic, index) => (
        <fieldset key={index}>
          <legend>In one market, beside the account’s own</legend>
          {limits.epics[index] ? (
            <p>
              <code>{epic}</code>
            </p>
          ) : (
            <Field
              label="Market, by its epic"
              name={`epics[${index}].epic`}
              autoComplete="off"
              autoFocus
              maxLength={30}
              placeholder="CS.D.EURUSD.CFD.IP"
              value={epic}
              error={wrong[`epics[${index}].epic`] ?? wrong[`epics[${index}]`]}
              onChange={({ target }) =>
                setMarkets((before) => before.map((each, at) => (at === index ? target.value.trim() : each)))
              }
            />
          )}
          <div className="fields">{limitsOfMarket.map((limit) => field(limit, index))}</div>
        </fieldset>
      ))}
      <button
        type="button"
        className="link"
        onClick={() => setMarkets((before) => (before.at(-1) === '' ? before : [...before, '']))}
      >
        Limit a single market
      </button>
      {problem && !isBeside && <Problem problem={problem} />}
      <FormButtons busy={busy} text="Set the limits" onCancel={onCancel} />
    </form>
  );
}
