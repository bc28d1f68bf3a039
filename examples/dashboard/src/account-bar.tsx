// The account's figures in one line: what there is, what is at risk, what is left to deal with.
import type { Account, AccountSummary } from '../../../client/index.ts';
import { direction, missing, money, signed } from './format.ts';

interface AccountBarProps {
  accounts: readonly Account[];
  account: Account;
  summary: AccountSummary | undefined;
  live: boolean;
  /** Whose prices the page shows. */
  feed: string | null;
  onChoose(id: string): void;
}

export const profitClass = (profit: string | null): string => ['down', '', 'up'][direction('0', profit) + 1]!;
export const profitText = (profit: string | null): string =>
  profit === null ? missing : signed(money(profit));

export function AccountBar({ accounts, account, summary, live, feed, onChoose }: AccountBarProps) {
  const stale = !live || summary?.stale === true;
  const figure = (amount: string | undefined) => (amount === undefined ? missing : signed(money(amount), ''));
  return (
    <section className={`account${stale ? ' stale' : ''}`} aria-label="Account">
      <div className="whose">
        <span className={`badge env ${account.environment}`}>{account.environment}</span>
        {accounts.length > 1 ? (
          <select
            aria-label="Account to deal on"
            value={account.id}
            onChange={(event) => onChoose(event.target.value)}
          >
            {accounts.map(({ id, name, brokerAccountId }) => (
              <option key={id} value={id}>
                {name} {brokerAccountId}
              </option>
            ))}
          </select>
        ) : (
          <span title={account.brokerAccountId}>
            {account.name.toLowerCase() === account.environment ? '' : `${account.name} `}account
          </span>
        )}
        {feed !== null && feed !== account.feed && (
          <span className="badge warn">Prices: {feed.replace('_', ' ')}</span>
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
