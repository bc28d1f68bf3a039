// Webhooks: which there are and how they do, a new one, what was delivered by one, and everything that is done with it.
import { useState } from 'react';
import type { FTraderClient, Webhook } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { dayAndTime } from './format.ts';
import { kindTitle, testOutcome, webhookStateName } from './notification-words.ts';
import { Problem } from './problem.tsx';
import { ShownOnce } from './shown-once.tsx';
import { useAction } from './use-action.ts';
import { WebhookDeliveries } from './webhook-deliveries.tsx';
import { WebhookForm } from './webhook-form.tsx';

interface YourWebhooksProps {
  api: FTraderClient['api'];
  webhooks: readonly Webhook[];
  /** Those that a webhook may carry. */
  kinds: readonly string[];
  onChanged(): void;
}

export function YourWebhooks({ api, webhooks, kinds, onChanged }: YourWebhooksProps) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string }>();
  return (
    <>
      <p className="quiet">
        What happens is sent to your own server as a signed POST, by the Standard Webhooks convention.
      </p>
      {made && (
        <ShownOnce
          key={made.secret}
          label={`The secret of ${made.name}`}
          what="Secret"
          value={made.secret}
          onClose={() => setMade(undefined)}
        >
          This is the secret that {made.name} signs with. It is shown this once: copy it now.
        </ShownOnce>
      )}
      {webhooks.length > 0 && (
        <ul className="owned webhooks" aria-label="Webhooks">
          {webhooks.map((webhook) => (
            <Item
              key={webhook.id}
              {...{ api, webhook, kinds, onChanged }}
              onSecret={(secret) => setMade({ name: webhook.name, secret })}
            />
          ))}
        </ul>
      )}
      {making ? (
        <WebhookForm
          {...{ api, kinds }}
          onDone={({ name, secret }) => {
            setMade({ name, secret });
            setMaking(false);
            onChanged();
          }}
          onCancel={() => setMaking(false)}
        />
      ) : (
        <div className="actions">
          <button type="button" onClick={() => setMaking(true)}>
            New webhook
          </button>
        </div>
      )}
    </>
  );
}

interface ItemProps {
  api: FTraderClient['api'];
  webhook: Webhook;
  kinds: readonly string[];
  onChanged(): void;
  onSecret(secret: string): void;
}
function Item({ api, webhook, kinds, onChanged, onSecret }: ItemProps) {
  const { id, name, state } = webhook;
  const [open, setOpen] = useState<'deliveries' | 'change'>();
  const [said, setSaid] = useState('');
  const [sent, setSent] = useState(0); // its deliveries are read anew
  const { busy, problem, run } = useAction();
  const { notifications } = api;
  const toggle = (what: typeof open) => setOpen(open === what ? undefined : what);
  const opener = (what: 'deliveries' | 'change', text: string) => (
    <button
      type="button"
      aria-label={`${text}: ${name}`}
      aria-expanded={open === what}
      onClick={() => toggle(what)}
    >
      {text}
    </button>
  );
  const action = (text: string, call: () => Promise<void>) => (
    <button
      type="button"
      aria-label={`${text}: ${name}`}
      aria-disabled={busy}
      onClick={() => {
        setSaid('');
        void run(call, onChanged);
      }}
    >
      {text}
    </button>
  );
  return (
    <li data-webhook={name}>
      <div>
        <strong>{name}</strong>{' '}
        <span className={`badge${state === 'disabled' || webhook.failingSince ? ' warn' : ''}`}>
          {state === 'active' && webhook.failingSince ? 'Failing' : webhookStateName[state]}
        </span>
        <span className="quiet">{factsOf(webhook)}</span>
      </div>
      <div className="actions">
        {action('Send a test', async () => {
          const delivery = await notifications.testChannel.mutate({ channel: 'webhook', webhookId: id });
          setSaid(testOutcome(delivery));
          setSent((before) => before + 1);
        })}
        {opener('deliveries', 'Deliveries')}
        {opener('change', 'Change')}
        {action(state === 'active' ? 'Pause' : 'Resume', async () => {
          await notifications.updateWebhook.mutate({ id, state: state === 'active' ? 'paused' : 'active' });
        })}
        <ArmedButton
          text="New secret"
          sure="Sure? New secret"
          does={`give ${name} a new secret`}
          disabled={busy}
          onPress={() =>
            void run(
              () => notifications.rotateWebhookSecret.mutate({ id }),
              ({ secret }) => {
                onSecret(secret);
                onChanged();
              },
            )
          }
        />
        <ArmedButton
          text="Delete"
          sure="Sure? Delete"
          does={`delete ${name}`}
          disabled={busy}
          onPress={() => void run(() => notifications.deleteWebhook.mutate({ id }), onChanged)}
        />
      </div>
      {problem && <Problem problem={problem} />}
      <p className={said ? 'said' : 'hidden'} role="status">
        {said}
      </p>
      {open === 'change' && (
        <WebhookForm
          {...{ api, kinds, webhook }}
          onDone={() => {
            setOpen(undefined);
            onChanged();
          }}
          onCancel={() => setOpen(undefined)}
        />
      )}
      {open === 'deliveries' && <WebhookDeliveries key={sent} {...{ api, webhook, onChanged }} />}
    </li>
  );
}

function factsOf(webhook: Webhook): string {
  const { host, kinds, stateReason, lastSuccessAt, lastErrorAt, lastError, formerSignsUntil } = webhook;
  return [
    host,
    kinds ? kinds.map(kindTitle).join(', ') : 'all kinds',
    ...(stateReason ? [stateReason] : []),
    lastSuccessAt ? `last delivered ${dayAndTime(lastSuccessAt)}` : 'nothing delivered yet',
    ...(lastErrorAt && lastError ? [`last error ${dayAndTime(lastErrorAt)}: ${lastError}`] : []),
    ...(formerSignsUntil
      ? [`signs with the former secret as well until ${dayAndTime(formerSignsUntil)}`]
      : []),
  ].join(' · ');
}
