// What is set that is stricter than dealing: always in view under the head, with whose it is, why, and the way back.
import type { Account, AccountRisk, FTraderClient } from '../../../client/index.ts';
import { allowedWords } from './allowed-words.ts';
import { ArmedButton } from './armed-button.tsx';
import { Problem } from './problem.tsx';
import { dealingWord, ownScope, scopeName, switchSentence } from './switch-words.ts';
import { useAction } from './use-action.ts';

interface DealingStripProps {
  api: FTraderClient['api'];
  account: Account;
  risk: AccountRisk | undefined;
  take(risk: AccountRisk): void;
}

/** Its place is always there, so that what comes into it is told to screen readers. */
export function DealingStrip({ api, account, risk, take }: DealingStripProps) {
  const { busy, problem, run } = useAction();
  const switches = risk?.switches ?? [];
  const isOtherwise = risk !== undefined && risk.dealingState !== 'active' && switches.length === 0;
  const takeBack = (scope: 'account' | 'user') =>
    void run(
      () =>
        api.trading.setDealingState.mutate({
          scope,
          dealingState: 'active',
          ...(scope === 'account' && { accountId: account.id }),
        }),
      ({ accounts }) => {
        const own = accounts.find(({ accountId }) => accountId === account.id);
        if (own) take(own);
      },
    );
  return (
    <div
      className={`dealing ${risk?.dealingState ?? ''}`}
      role="status"
      data-testid="dealing"
      data-state={risk?.dealingState}
    >
      {switches.map((each) => {
        const scope = ownScope(each);
        return (
          <div key={each.scope} className={`switch ${each.dealingState}`}>
            <p>
              <strong>{dealingWord[each.dealingState]}.</strong> {switchSentence(each)}.{' '}
              <span>Closing and cancelling go on.</span>
            </p>
            {scope && (
              <ArmedButton
                text="Take back"
                sure="Sure? Deal again"
                does={`deal again on ${scopeName[scope]}`}
                disabled={busy}
                onPress={() => takeBack(scope)}
              />
            )}
          </div>
        );
      })}
      {isOtherwise && (
        <div className={`switch ${risk.dealingState}`}>
          <p>
            <strong>{dealingWord[risk.dealingState]}.</strong> {allowedWords(risk, account.health)}.
          </p>
        </div>
      )}
      {problem && <Problem problem={problem} />}
    </div>
  );
}
