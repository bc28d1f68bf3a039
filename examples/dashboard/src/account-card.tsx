// One account: what it is, how it does and what to do about it, and what can be done with it.
import { Suspense, useEffect, useId, useRef, useState, type ComponentType } from 'react';
import type { Account, FTraderClient } from '../../../client/index.ts';
import type { AccountFaultsProps } from './account-faults.tsx';
import type { AccountAlertsProps } from './account-alerts.tsx';
import { AccountAllowance } from './account-allowance.tsx';
import { CredentialsForm, DisconnectForm, RenameForm, type AccountFormProps } from './account-forms.tsx';
import { allowedWords } from './allowed-words.ts';
import { accountName, environmentName, healthWords, typeName } from './account-words.ts';
import { dayAndTime } from './format.ts';
import type { OpenAlert } from './alert-book.tsx';
import { lazyPart } from './lazy-part.tsx';
import { LimitUses } from './limit-uses.tsx';
import { LimitsForm } from './limits-form.tsx';
import type { NotificationNews } from './notification-news.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import { useRisk } from './use-risk.ts';

const forms = {
  Rename: RenameForm,
  'New credentials': CredentialsForm,
  Disconnect: DisconnectForm,
} satisfies Record<string, ComponentType<AccountFormProps>>;
type FormName = keyof typeof forms | 'Limits' | 'Alerts' | 'Faults';
const AccountAlerts = lazyPart<AccountAlertsProps>('Alerts', () => import('./account-alerts.tsx'));

const AccountFaults = lazyPart<AccountFaultsProps>('Faults', () => import('./account-faults.tsx'));

/** Characters of a fact that stands beside others. */
const shortFact = 32;

interface AccountCardProps {
  api: FTraderClient['api'];
  account: Account;
  /** Rises with all news of what may be dealt. */
  riskNews: number;
  /** Tells when an alert was told or changed. */
  news: NotificationNews;
  /** The page is about this one. */
  inUse: boolean;
  /** There are others. */
  several: boolean;
  onUse(): void;
  /** Something was changed: what to say of it. */
  onChanged(said: string): Promise<void>;
}

export function AccountCard({
  api,
  account,
  riskNews,
  news,
  inUse,
  several,
  onUse,
  onChanged,
}: AccountCardProps) {
  const { id, environment, name, brokerAccountId, type, currency, isDefault, createdAt } = account;
  const [open, setOpen] = useState<FormName>();
  const [alerting, setAlerting] = useState<OpenAlert<string>>();
  const { busy, problem, run, clear } = useAction();
  const { risk, take } = useRisk(api, id, riskNews);
  const titleId = useId();
  const card = useRef<HTMLLIElement>(null);
  const opened = useRef<FormName>(undefined);
  // Whoever closes a form goes on at the button it was opened with.
  useEffect(() => {
    if (!open && opened.current)
      card.current?.querySelector<HTMLElement>(`[data-opens="${opened.current}"]`)?.focus();
    opened.current = open;
  }, [open]);
  const Form = open && open in forms && forms[open as keyof typeof forms];
  const whole = accountName(account);
  const close = () => setOpen(undefined);
  const done = async (said: string) => {
    await onChanged(said);
    close();
  };
  const act = (text: string, call: () => Promise<Account>, said: (after: Account) => string) => (
    <button
      type="button"
      aria-label={`${text} ${whole}`}
      aria-disabled={busy}
      onClick={() => void run(call, (after) => onChanged(said(after)))}
    >
      {text}
    </button>
  );
  const opens = (text: FormName) => (
    <button
      type="button"
      data-opens={text}
      aria-expanded={open === text}
      aria-label={`${text} ${whole}`}
      onClick={() => {
        clear();
        setOpen(open === text ? undefined : text);
      }}
    >
      {text}
    </button>
  );
  return (
    <li className={`connected ${environment}`} aria-labelledby={titleId} ref={card} data-account={id}>
      <div className="card-head">
        <span className={`badge env ${environment}`}>{environmentName[environment]}</span>
        <h2 id={titleId}>{name}</h2>
        {isDefault && <span className="badge">Default</span>}
        {several && inUse && <span className="badge in-use">In use here</span>}
      </div>
      {environment === 'live' && <p className="real">Real money</p>}
      <dl className="facts">
        {[
          ['For', typeName[type]],
          ['Account at the broker', brokerAccountId],
          ['Currency', currency],
          ['Connected', dayAndTime(createdAt)],
          ...(risk ? [['Allowed from here', allowedWords(risk, account.health)] as const] : []),
        ].map(([term, value]) => (
          <div key={term} className={value && value.length > shortFact ? 'wide' : undefined}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Health {...account} />
      {risk && <LimitUses risk={risk} />}
      <AccountAllowance api={api} account={account} />
      <div className="actions">
        {several && !inUse && (
          <button type="button" aria-label={`Use ${whole}`} onClick={onUse}>
            Use
          </button>
        )}
        {act(
          'Test',
          () => api.accounts.test.mutate({ id }),
          ({ health }) => `${whole} was tested: ${healthWords[health.state].word.toLowerCase()}.`,
        )}
        {!isDefault &&
          act(
            'Make default',
            () => api.accounts.setDefault.mutate({ id }),
            () => `${whole} is the default account.`,
          )}
        {risk && opens('Limits')}
        {opens('Alerts')}
        {environment === 'simulated' && opens('Faults')}
        {opens('Rename')}
        {environment !== 'simulated' && opens('New credentials')}
        {opens('Disconnect')}
      </div>
      {problem && <Problem problem={problem} />}
      {Form && (
        <div className="form" onKeyDown={(event) => event.key === 'Escape' && close()}>
          <Form key={open} api={api} account={account} onDone={done} onCancel={close} />
        </div>
      )}
      {open === 'Alerts' && (
        <div className="form" onKeyDown={(event) => event.key === 'Escape' && close()}>
          <Suspense fallback={null}>
            <AccountAlerts {...{ api, account, news }} open={alerting} onOpen={setAlerting} />
          </Suspense>
        </div>
      )}
      {open === 'Faults' && (
        <div className="form" onKeyDown={(event) => event.key === 'Escape' && close()}>
          <Suspense fallback={null}>
            <AccountFaults api={api} account={account} />
          </Suspense>
        </div>
      )}
      {risk && open === 'Limits' && (
        <div className="form" onKeyDown={(event) => event.key === 'Escape' && close()}>
          <LimitsForm
            api={api}
            risk={risk}
            onDone={async (after) => {
              take(after);
              await done(`The limits of ${whole} are set.`);
            }}
            onCancel={close}
          />
        </div>
      )}
    </li>
  );
}

function Health({ health: { state, since, problem } }: Account) {
  const { word, meaning, advice } = healthWords[state];
  return (
    <div className={`health ${state}`} data-health={state}>
      <p>
        <i aria-hidden="true" />
        <strong>{word}</strong>{' '}
        <span className="quiet">
          since <time dateTime={since.toISOString()}>{dayAndTime(since)}</time>
        </span>
      </p>
      <p className={state === 'up' ? 'quiet' : undefined}>{problem?.message ?? meaning}</p>
      {advice && <p className="quiet">{problem ? `${meaning} ${advice}` : advice}</p>}
      {problem?.brokerCode && (
        <p className="quiet">
          The broker’s own reason: <code>{problem.brokerCode}</code>
        </p>
      )}
    </div>
  );
}
