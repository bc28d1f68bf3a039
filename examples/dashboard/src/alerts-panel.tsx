// The alerts on one market below its chart: a new one, and those that there are with how they stand.
import { useState } from 'react';
import type { Alert, FTraderClient, SetAlert } from '../../../client/index.ts';
import { AlertForm, isFormed } from './alert-form.tsx';
import { alertState, alertWords, isLive, setWords } from './alert-words.ts';
import { ArmedButton } from './armed-button.tsx';
import type { PriceBoard } from './prices.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { MarketAlerts } from './use-alerts.ts';

/** Those that are over are shown for a while. */
const endedShown = 5;

export interface AlertsPanelProps {
  api: FTraderClient['api'];
  market: { epic: string; name: string };
  feed: string | undefined;
  alerts: MarketAlerts;
  board: PriceBoard;
}

export default function AlertsPanel({ api, market, feed, alerts, board }: AlertsPanelProps) {
  const { list, problem: ofRead, again } = alerts;
  const [open, setOpen] = useState<Alert | 'new'>();
  const [said, setSaid] = useState('');
  const { busy, problem, run } = useAction();
  const shown = list && [
    ...list.filter(isLive),
    ...list.filter((each) => !isLive(each)).slice(0, endedShown),
  ];
  const form = {
    ...{ api, market, feed, board },
    onDone(set: SetAlert) {
      setOpen(undefined);
      setSaid(setWords(set));
      again();
    },
    onCancel: () => setOpen(undefined),
  };
  const edit = (what: typeof open) => {
    setSaid('');
    setOpen(what);
  };
  return (
    <div className="alerts" role="group" aria-label={`Alerts on ${market.name}`}>
      {open === 'new' ? (
        <AlertForm {...form} />
      ) : (
        <div className="actions">
          <button type="button" onClick={() => edit('new')}>
            Set an alert
          </button>
          <span className={said ? undefined : 'hidden'} role="status">
            {said}
          </span>
        </div>
      )}
      {(problem ?? ofRead) && <Problem problem={(problem ?? ofRead)!} />}
      {shown && shown.length > 0 && (
        <ul className="owned" aria-label={`Alerts on ${market.name}`}>
          {shown.map((each) => (
            <li key={each.id} data-alert={each.id} data-state={each.state}>
              {open !== 'new' && open?.id === each.id ? (
                <AlertForm {...form} alert={each} />
              ) : (
                <>
                  <AlertText alert={each} />
                  <div className="actions">
                    {isFormed(each.condition) && (
                      <button
                        type="button"
                        aria-label={`Change the alert: ${alertWords(each.condition)}`}
                        onClick={() => edit(each)}
                      >
                        {isLive(each) ? 'Change' : 'Set again'}
                      </button>
                    )}
                    <ArmedButton
                      text="Delete"
                      sure="Sure? Delete"
                      does={`delete the alert: ${alertWords(each.condition)}`}
                      disabled={busy}
                      onPress={() => {
                        setSaid('');
                        void run(() => api.notifications.deleteAlert.mutate({ id: each.id }), again);
                      }}
                    />
                  </div>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function AlertText({ alert }: { alert: Alert }) {
  const { word, meaning } = alertState(alert);
  const facts = [
    ...(alert.note === null ? [] : [alert.note]),
    alert.repeat === 'once' ? 'once' : 'every time',
    ...(alert.firedCount > 1 ? [`told ${alert.firedCount} times`] : []),
    ...(meaning ? [meaning] : []),
  ];
  return (
    <p>
      <strong>{alertWords(alert.condition)}</strong>{' '}
      <span className={`badge alert-${alert.state}`}>{word}</span>
      <span className="quiet">{facts.join(' · ')}</span>
    </p>
  );
}
