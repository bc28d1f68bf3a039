// What was sent by one webhook, newest first, each with its attempts, and sending one again.
import { useMemo, useState } from 'react';
import type { Delivery, FTraderClient, Webhook } from '../../../client/index.ts';
import { AdminPages, pagesOf, type Columns } from './admin-table.tsx';
import { dayAndTime } from './format.ts';
import { deliveryName, kindTitle } from './notification-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface WebhookDeliveriesProps {
  api: FTraderClient['api'];
  webhook: Webhook;
  onChanged(): void;
}

export function WebhookDeliveries({ api, webhook: { id, name, state }, onChanged }: WebhookDeliveriesProps) {
  const [asked, ask] = useState(0);
  const query = useMemo(
    () =>
      pagesOf(async (page) => {
        const { deliveries, nextCursor } = await api.notifications.listDeliveries.query({
          webhookId: id,
          ...page,
        });
        return { rows: deliveries, nextCursor };
      }),
    [api, id, asked],
  );
  const { busy, problem, run } = useAction();
  const again = () => {
    ask((before) => before + 1);
    onChanged();
  };
  const columns: Columns<Delivery> = {
    Sent: ({ createdAt }) => dayAndTime(createdAt),
    Of: ({ kind }) => kindTitle(kind),
    State: (delivery) => <State delivery={delivery} />,
    Attempts: ({ attempts }) => <Attempts attempts={attempts} />,
    '': (delivery) => (
      <div className="actions">
        <button
          type="button"
          aria-label={`Deliver ${kindTitle(delivery.kind)} of ${dayAndTime(delivery.createdAt)} again`}
          aria-disabled={busy || state !== 'active'}
          title={state === 'active' ? undefined : 'Resume the webhook first'}
          onClick={() =>
            state === 'active' &&
            void run(() => api.notifications.redeliver.mutate({ id: delivery.id }), again)
          }
        >
          Deliver again
        </button>
      </div>
    ),
  };
  return (
    <div className="admin deliveries" role="group" aria-label={`Deliveries of ${name}`}>
      <div className="actions">
        <span className="quiet">What has ended is kept for 30 days.</span>
        <button type="button" onClick={again}>
          Read again
        </button>
      </div>
      {problem && <Problem problem={problem} />}
      <AdminPages
        label={`Deliveries of ${name}`}
        none="Nothing was sent by it yet."
        keyOf={(delivery) => delivery.id}
        {...{ columns, query }}
      />
    </div>
  );
}

const State = ({ delivery: { state, dueAt, lastError } }: { delivery: Delivery }) => (
  <>
    <span className={`badge${state === 'dead' ? ' warn' : ''}`}>{deliveryName[state]}</span>
    {state === 'waiting' && <small> until {dayAndTime(dueAt)}</small>}
    {lastError && <small className="why"> {lastError}</small>}
  </>
);

const Attempts = ({ attempts }: Pick<Delivery, 'attempts'>) =>
  attempts.length === 0 ? (
    'none yet'
  ) : (
    <details>
      <summary>{attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}</summary>
      <ol className="attempts">
        {attempts.map(({ number, at, tookMs, status, error }) => (
          <li key={number} value={number}>
            {[
              dayAndTime(at),
              ...(status === null ? [] : [`answer ${status}`]),
              ...(tookMs === null ? ['not ended'] : [`${tookMs} ms`]),
              ...(error === null ? [] : [error]),
            ].join(' · ')}
          </li>
        ))}
      </ol>
    </details>
  );
