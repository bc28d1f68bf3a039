// The account's figures in one line: what there is, what is at risk, what is left to deal with.
import type { Account, AccountSummary } from '../../../client/index.ts';
import { accountLabel, accountName, healthWords } from './account-words.ts';
import { direction, missing, money, signed } from './format.ts';
import { PageLink } from './page-link.tsx';

interface AccountBarProps {
  account: Account;
  /** There are others: which one it is must be said. */
  several: boolean;
  summary: AccountSummary | undefined;
  live: boolean;
}

export const profitClass = (profit: string | null): string => ['down', '', 'up'][direction('0', profit) + 1]!;
export const profitText = (profit: string | null): string =>
  profit === null ? missing : signed(money(profit));

export function AccountBar({ account, several, summary, live }: AccountBarProps) {
  const { environment, name, health } = account;
  const stale = !live || summary?.stale === true;
  const figure = (amount: string | undefined) => (amount === undefined ? missing : signed(money(amount), ''));
  return (
    <section className={`account ${environment}${stale ? ' stale' : ''}`} aria-label="Account">
      <div className="whose">
        <span className={`badge env ${environment}`}>{environment}</span>
        <span title={accountLabel(account)}>
          {several ? accountName(account) : `${name.toLowerCase() === environment ? '' : `${name} `}account`}
        </span>
        {health.state !== 'up' && (
          <PageLink
            to={{ at: 'accounts' }}
            className="badge warn"
            title={health.problem?.message ?? healthWords[health.state].meaning}
          >
            {healthWords[health.state].word}
          </PageLink>
        )}
        {stale && summary && <span className="badge warn">Stale</span>}
      </div>
      <dl>
        <div>
          <dt>Equity</dt>
          <dd data-figure="equity">{figure(summary?.equity)}</dd>
        </div>
        <div>
          <dt>Cash</dt>
          <dd data-figure="cash">{figure(summary?.cash)}</dd>
        </div>
        <div>
          <dt>Running P&amp;L</dt>
          <dd data-figure="profit" className={profitClass(summary?.runningProfit ?? null)}>
            {profitText(summary?.runningProfit ?? null)}
          </dd>
        </div>
        <div>
          <dt>Margin</dt>
          <dd data-figure="margin">{figure(summary?.margin)}</dd>
        </div>
        <div>
          <dt>Available</dt>
          <dd data-figure="available">{figure(summary?.available)}</dd>
        </div>
        <div className="currency">
          <dt className="hidden">Currency</dt>
          <dd>{account.currency}</dd>
        </div>
      </dl>
    </section>
  );
}
