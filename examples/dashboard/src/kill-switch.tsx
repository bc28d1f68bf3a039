// The kill switch in the head: has this account, or all of one's accounts, open nothing more. It never stands in the way of closing.
import { useState } from 'react';
import type { Account, AccountRisk, FTraderClient, SetDealingState } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { ArmedButton } from './armed-button.tsx';
import { Icon } from './icon.tsx';
import { Popup } from './popup.tsx';
import { Problem } from './problem.tsx';
import { dealingWord, scopeName } from './switch-words.ts';
import { useAction } from './use-action.ts';

interface KillSwitchProps {
  api: FTraderClient['api'];
  account: Account;
  risk: AccountRisk | undefined;
  take(risk: AccountRisk): void;
}

export const KillSwitch = (props: KillSwitchProps) => {
  const state = props.risk?.dealingState ?? 'active';
  return (
    <Popup
      className={`kill ${state}`}
      label={`Kill switch${state === 'active' ? '' : `, ${dealingWord[state]}`}`}
      panelLabel="Kill switch"
      title="Kill switch"
      button={
        <>
          <Icon path="M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7L8.5 3ZM8 12h8" />
          <span>Stop</span>
        </>
      }
    >
      {(close) => <Panel {...props} onDone={close} />}
    </Popup>
  );
};

/** The longest reason that is kept. */
const maxReason = 200;

function Panel({ api, account, risk, take, onDone }: KillSwitchProps & { onDone(): void }) {
  const [scope, setScope] = useState<SetDealingState['scope']>('account');
  const [reason, setReason] = useState('');
  const { busy, problem, run } = useAction();
  const isSet = risk?.switches.find((each) => each.scope === scope)?.dealingState;
  const set = (dealingState: 'reduce_only' | 'halted') =>
    void run(
      () =>
        api.trading.setDealingState.mutate({
          scope,
          dealingState,
          ...(scope === 'account' && { accountId: account.id }),
          ...(reason.trim() !== '' && { reason: reason.trim() }),
        }),
      ({ accounts }) => {
        const own = accounts.find(({ accountId }) => accountId === account.id);
        if (own) take(own);
        onDone();
      },
    );
  return (
    <>
      <p>
        <strong>Open nothing more.</strong> It holds at once, also for what is not sent yet. Closing and
        cancelling go on.
      </p>
      <fieldset className="themes" disabled={busy}>
        <legend>For</legend>
        {(['account', 'user'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="kill-scope" checked={scope === each} onChange={() => setScope(each)} />
            <span>{each === 'account' ? `This account, ${accountLabel(account)}` : 'All your accounts'}</span>
          </label>
        ))}
      </fieldset>
      <label className="reason">
        Reason
        <input
          value={reason}
          maxLength={maxReason}
          autoComplete="off"
          placeholder="none"
          readOnly={busy}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <div className="pair">
        <ArmedButton
          text="Stop opening"
          sure="Sure? Stop"
          does={`stop opening on ${scopeName[scope]}`}
          disabled={busy || isSet === 'reduce_only'}
          onPress={() => set('reduce_only')}
        />
        <ArmedButton
          className="danger"
          text="Halt"
          sure="Sure? Halt"
          does={`halt ${scopeName[scope]}`}
          disabled={busy || isSet === 'halted'}
          onPress={() => set('halted')}
        />
      </div>
      <p className="quiet">Both forbid whatever raises the risk; a halt is told as one.</p>
      {problem && <Problem problem={problem} />}
    </>
  );
}
