// Alerts that belong together: those in force and how they stand, those that are over apart from them, and the form of a new one or of a change.
import { useEffect, useRef, type ReactNode } from 'react';
import type { Alert, FTraderClient, SetAlert } from '../../../client/index.ts';
import { alertFacts, alertState, isLate, isLive, setWords } from './alert-words.ts';
import { ArmedButton } from './armed-button.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { KnownAlerts } from './use-alerts.ts';

/** The form that is open: of a change of this one, or of a new one that begins so. */
export type OpenAlert<Seed> = { alert: Alert } | { seed: Seed | undefined };
/** What the form is drawn with. */
export interface AlertFormProps<Seed> {
  alert?: Alert | undefined;
  seed?: Seed | undefined;
  onDone(set: SetAlert): void;
  onCancel(): void;
}

interface AlertBookProps<Seed> {
  api: FTraderClient['api'];
  /** `Alerts on EUR/USD`. */
  label: string;
  alerts: KnownAlerts;
  open: OpenAlert<Seed> | undefined;
  onOpen(open: OpenAlert<Seed> | undefined): void;
  /** What was done last, in words. */
  said: string;
  onSaid(said: string): void;
  /** What an alert waits for. */
  wordsOf(alert: Alert): string;
  form(props: AlertFormProps<Seed>): ReactNode;
  /** Above all, where what stands above does not say it. */
  title?: ReactNode;
  /** Beside the button of a new one. */
  tools?: ReactNode;
  /** Why those in force do nothing at present. */
  dormant?: string | undefined;
}

export function AlertBook<Seed>({
  api,
  label,
  alerts,
  open,
  onOpen,
  said,
  onSaid,
  wordsOf,
  form,
  title,
  tools,
  dormant,
}: AlertBookProps<Seed>) {
  const { known, problem: ofRead, moreEnded, take, drop } = alerts;
  const { busy, problem, run } = useAction();
  const whole = useRef<HTMLDivElement>(null);
  const opened = useRef<string>(undefined);
  const openId = open && 'alert' in open ? open.alert.id : open && 'new';
  // Whoever closes a form goes on at the button it was opened with.
  useEffect(() => {
    if (openId === undefined && opened.current !== undefined && document.activeElement === document.body)
      whole.current
        ?.querySelector<HTMLElement>(`[data-opens="${opened.current}"]`)
        ?.focus({ preventScroll: true });
    opened.current = openId;
  }, [openId]);
  const edit = (next: OpenAlert<Seed>) => {
    onSaid('');
    onOpen(next);
  };
  const ofForm = {
    onDone(set: SetAlert) {
      onOpen(undefined);
      onSaid(setWords(set));
      take(set);
    },
    onCancel: () => onOpen(undefined),
  };
  const item = (each: Alert) => (
    <li key={each.id} data-alert={each.id} data-state={each.state}>
      {openId === each.id ? (
        form({ ...ofForm, alert: each })
      ) : (
        <>
          <AlertText alert={each} words={wordsOf(each)} />
          <div className="actions">
            <button
              type="button"
              data-opens={each.id}
              aria-label={`${isLive(each) ? 'Change the alert' : 'Set again'}: ${wordsOf(each)}`}
              onClick={() => edit({ alert: each })}
            >
              {isLive(each) ? 'Change' : 'Set again'}
            </button>
            <ArmedButton
              text="Delete"
              sure="Sure? Delete"
              does={`delete the alert: ${wordsOf(each)}`}
              disabled={busy}
              onPress={() => {
                onSaid('');
                void run(
                  () => api.notifications.deleteAlert.mutate({ id: each.id }),
                  () => drop(each.id),
                );
              }}
            />
          </div>
        </>
      )}
    </li>
  );
  const isNew = open !== undefined && 'seed' in open;
  const failed = problem ?? ofRead;
  return (
    <div className="alerts" role="group" aria-label={label} ref={whole}>
      {(title !== undefined || !isNew) && (
        <div className={title === undefined ? 'actions' : 'book-head'}>
          {title}
          {!isNew && (
            <button
              type="button"
              data-opens="new"
              aria-label={label.replace(/^Alerts/, 'Set an alert')}
              onClick={() => edit({ seed: undefined })}
            >
              Set an alert
            </button>
          )}
          {!isNew && tools}
        </div>
      )}
      {isNew && form({ ...ofForm, seed: open.seed })}
      <p className={said ? 'said' : 'hidden'} role="status">
        {said}
      </p>
      {failed && <Problem problem={failed} />}
      {known && known.live.length > 0 && (
        <>
          {dormant !== undefined && <p className="dormant">{dormant}</p>}
          <ul className="owned" aria-label={label}>
            {known.live.map(item)}
          </ul>
        </>
      )}
      {known && known.ended.length > 0 && (
        <>
          <h3>Over</h3>
          <ul className="owned over" aria-label={`${label} that are over`}>
            {known.ended.map(item)}
          </ul>
          {known.hasMoreEnded && (
            <button type="button" className="link" onClick={moreEnded}>
              Older ones
            </button>
          )}
        </>
      )}
    </div>
  );
}

function AlertText({ alert, words }: { alert: Alert; words: string }) {
  return (
    <p>
      <strong>{words}</strong> <span className={`badge alert-${alert.state}`}>{alertState(alert).word}</span>
      {isLate(alert) && <span className="badge warn">Late</span>}
      <span className="quiet">{alertFacts(alert).join(' · ')}</span>
    </p>
  );
}
