// Where a webhook leads and what it carries: a new one, or one that is there.
import { useState } from 'react';
import type { FTraderClient, Webhook } from '../../../client/index.ts';
import { CallForm, typedIn } from './call-form.tsx';
import { Checks } from './checks.tsx';
import { Choice } from './choice.tsx';
import { kindTitle } from './notification-words.ts';

const spans: Record<'all' | 'some', string> = { all: 'All kinds, also those to come', some: 'Only these' };

interface SharedProps {
  api: FTraderClient['api'];
  kinds: readonly string[];
  onCancel(): void;
}
type Created = Awaited<ReturnType<FTraderClient['api']['notifications']['createWebhook']['mutate']>>;
type WebhookFormProps = SharedProps &
  ({ webhook?: undefined; onDone(created: Created): void } | { webhook: Webhook; onDone(): void });

export function WebhookForm({ api, kinds, webhook, onDone, onCancel }: WebhookFormProps) {
  const [span, setSpan] = useState<'all' | 'some'>(webhook?.kinds ? 'some' : 'all');
  const { createWebhook, updateWebhook } = api.notifications;
  return (
    <CallForm
      api={api}
      label={webhook ? `Change ${webhook.name}` : 'New webhook'}
      text={webhook ? 'Save the webhook' : 'Make the webhook'}
      send={async (form) => {
        const wanted = {
          name: typedIn(form, 'name'),
          url: typedIn(form, 'url'),
          kinds: span === 'all' ? null : (form.getAll('kinds') as string[]),
        };
        if (webhook) {
          await updateWebhook.mutate({ id: webhook.id, ...wanted });
          return onDone;
        }
        const created = await createWebhook.mutate(wanted);
        return () => onDone(created);
      }}
      onDone={(done) => done()}
      onCancel={onCancel}
    >
      {({ field, errorOf }) => (
        <>
          <div className="fields">
            {field('name', 'Name', { maxLength: 80, autoFocus: true, defaultValue: webhook?.name })}
            {field('url', 'URL', {
              type: 'url',
              maxLength: 2_000,
              defaultValue: webhook?.url,
              placeholder: 'https://bot.example.com/ftrader',
              hint: 'https, at a public address',
            })}
          </div>
          <label>
            Carries
            <Choice label="Carries" options={spans} chosen={span} onChoose={setSpan} />
          </label>
          {span === 'some' && (
            <Checks
              legend="Kinds"
              name="kinds"
              options={kinds.map((kind) => [kind, kindTitle(kind)])}
              chosen={webhook?.kinds ?? []}
              error={errorOf('kinds')}
            />
          )}
        </>
      )}
    </CallForm>
  );
}
