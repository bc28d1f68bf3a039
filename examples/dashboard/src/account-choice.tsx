// The account that the page is about, in its head: only where there are several to choose from.
import type { Account } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';

interface AccountChoiceProps {
  accounts: readonly Account[];
  account: Account;
  onChoose(id: string): void;
}

export const AccountChoice = ({ accounts, account, onChoose }: AccountChoiceProps) => (
  <select
    className={`choice ${account.environment}`}
    aria-label="Account to deal on"
    title={accountLabel(account)}
    value={account.id}
    onChange={(event) => onChoose(event.target.value)}
  >
    {accounts.map((each) => (
      <option key={each.id} value={each.id}>
        {accountLabel(each)}
      </option>
    ))}
  </select>
);
