// An alert on an account: that its margin level falls, or that the profit of one of its positions comes to an amount; a new one, or one that is there.
import { useState } from 'react';
import type { Alert, FTraderClient, Position, SetAlert } from '../../../client/index.ts';
import { profitText } from './account-bar.tsx';
import { numberIn, useAlertTerms } from './alert-terms.tsx';
import { CallForm } from './call-form.tsx';
import { Choice } from './choice.tsx';
import { verb } from './deal-words.ts';
import { levelText } from './format.ts';

const ofAccount = 'account';
const ways: Record<'up' | 'down', string> = { up: 'Rises, from below', down: 'Falls, from above' };

interface AccountAlertFormProps {
  api: FTraderClient['api'];
  account: { id: string; currency: string };
  /** Those that may be chosen. */
  positions: readonly Position[];
  /** The margin level as it is now, in words. */
  marginNow: string | undefined;
  alert?: Alert | undefined;
  /** The position that a new one begins with; left out: the account's margin. */
  dealId?: string | undefined;
  onDone(set: SetAlert): void;
  onCancel(): void;
}

export function AccountAlertForm({
  api,
  account: { id: accountId, currency },
  positions,
  marginNow,
  alert,
  dealId,
  onDone,
  onCancel,
}: AccountAlertFormProps) {
  const was = alert?.condition;
  const ofProfit = was?.kind === 'position_profit' ? was : undefined;
  const [about, setAbout] = useState(ofProfit?.dealId ?? dealId ?? ofAccount);
  const [way, setWay] = useState(ofProfit?.direction ?? 'up');
  const isOfAccount = about === ofAccount;
  const terms = useAlertTerms(alert, isOfAccount ? 'per cent' : currency);
  const options: Record<string, string> = {
    [ofAccount]: 'Margin level of the account',
    ...Object.fromEntries(
      positions.map((each) => [
        each.dealId,
        `P&L of ${verb(each.direction)} ${levelText(each.size)} ${each.name}`,
      ]),
    ),
  };
  const position = positions.find((each) => each.dealId === about);
  return (
    <CallForm
      api={api}
      label={alert ? 'Change the alert on the account' : 'New alert on the account'}
      text={alert ? 'Save the alert' : 'Set the alert'}
      send={(form) => {
        const condition = isOfAccount
          ? { kind: 'margin_level' as const, accountId, level: numberIn(form, 'condition.level') }
          : {
              kind: 'position_profit' as const,
              accountId,
              dealId: about,
              direction: way,
              amount: numberIn(form, 'condition.amount'),
            };
        const asked = { condition, ...terms.of(form) };
        const { createAlert, updateAlert } = api.notifications;
        return alert ? updateAlert.mutate({ id: alert.id, ...asked }) : createAlert.mutate(asked);
      }}
      onDone={onDone}
      onCancel={onCancel}
    >
      {(make) => (
        <div className="fields">
          {!alert && positions.length > 0 && (
            <label className="wide">
              When the
              <Choice label="When the" options={options} chosen={about} onChoose={setAbout} />
            </label>
          )}
          {isOfAccount ? (
            make.field('condition.level', 'Margin level falls to, %', {
              inputMode: 'decimal',
              autoFocus: true,
              maxLength: 26,
              defaultValue: was?.kind === 'margin_level' ? was.level : '150',
              hint: `equity as a part of the margin${marginNow === undefined ? '' : `; now ${marginNow}`}`,
              onFocus: ({ target }) => target.select(),
            })
          ) : (
            <>
              <label>
                Which way
                <Choice label="Which way" options={ways} chosen={way} onChoose={setWay} />
              </label>
              {make.field('condition.amount', `P&L, ${currency}`, {
                autoFocus: true,
                maxLength: 26,
                defaultValue: ofProfit?.amount ?? '',
                hint: `a loss is below 0${position ? `; now ${profitText(position.runningProfit)}` : ''}`,
                onFocus: ({ target }) => target.select(),
              })}
            </>
          )}
          {terms.fields(make)}
        </div>
      )}
    </CallForm>
  );
}
