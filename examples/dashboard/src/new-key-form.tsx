// What a new API key may do, on which accounts, from where and until when.
import { useState } from 'react';
import type { Account, CreatedApiKey, FTraderClient, KeyScope } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { CallForm, typedIn } from './call-form.tsx';
import { Checks } from './checks.tsx';
import { Choice } from './choice.tsx';

const scopes: Record<KeyScope, string> = {
  market: 'Read prices, candles and markets, and keep watchlists',
  'account:read': 'See accounts, positions, orders, deals and portfolios',
  'trade:open': 'Open and change positions and orders',
  'trade:close': 'Close positions, cancel orders, stop dealing',
  admin: 'Stop and resume dealing for everybody',
};
const spans: Record<'all' | 'some', string> = { all: 'All of yours, also those to come', some: 'Only these' };

interface NewKeyFormProps {
  api: FTraderClient['api'];
  accounts: readonly Account[];
  isAdmin: boolean;
  onDone(created: CreatedApiKey): void;
  onCancel(): void;
}

export function NewKeyForm({ api, accounts, isAdmin, onDone, onCancel }: NewKeyFormProps) {
  const [span, setSpan] = useState<'all' | 'some'>('all');
  return (
    <CallForm
      api={api}
      label="New API key"
      text="Make the key"
      send={(form) => {
        const networks = typedIn(form, 'networks')
          .split(/[\s,]+/)
          .filter(Boolean);
        const expires = typedIn(form, 'expiresAt');
        return api.auth.createApiKey.mutate({
          name: typedIn(form, 'name'),
          scopes: form.getAll('scopes') as KeyScope[],
          ...(span === 'some' && { accountIds: form.getAll('accountIds') as string[] }),
          ...(networks.length > 0 && { networks }),
          ...(expires && { expiresAt: new Date(expires) }),
        });
      }}
      onDone={onDone}
      onCancel={onCancel}
    >
      {({ field, errorOf }) => (
        <>
          <div className="fields">
            {field('name', 'Name', { maxLength: 80, autoFocus: true, hint: 'of the program it is for' })}
            {field('expiresAt', 'Works until', {
              type: 'datetime-local',
              required: false,
              hint: 'by this device’s clock; blank: for ever',
            })}
            {field('networks', 'Works from', {
              required: false,
              hint: 'addresses and networks such as 192.0.2.0/24; blank: everywhere',
            })}
          </div>
          <Checks
            legend="It may"
            name="scopes"
            options={Object.entries(scopes)
              .filter(([scope]) => isAdmin || scope !== 'admin')
              .map(([scope, what]) => [
                scope,
                <>
                  {what} <code className="quiet">{scope}</code>
                </>,
              ])}
            error={errorOf('scopes')}
          />
          <label>
            On accounts
            <Choice label="On accounts" options={spans} chosen={span} onChoose={setSpan} />
          </label>
          {span === 'some' && (
            <Checks
              legend="Which"
              name="accountIds"
              options={accounts.map((account) => [account.id, accountLabel(account)])}
              error={errorOf('accountIds')}
            />
          )}
        </>
      )}
    </CallForm>
  );
}
