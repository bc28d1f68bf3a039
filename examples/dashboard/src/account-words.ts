// Accounts in a trader's words: what they are, whose money it is, how they do and what to do about it. Pure.
import type { Account, AccountState, AccountType, Environment } from '../../../client/index.ts';

/** In capitals wherever it stands: whose money it is must be seen. */
export const environmentName: Record<Environment, string> = {
  simulated: 'SIMULATED',
  demo: 'DEMO',
  live: 'LIVE',
};
export const typeName: Record<AccountType, string> = { CFD: 'CFDs', SPREADBET: 'Spread bets' };

/** `Savings JANE1`: its name, where that says more than its environment, and the broker's id. */
export const accountName = ({
  environment,
  name,
  brokerAccountId,
}: Pick<Account, 'environment' | 'name' | 'brokerAccountId'>): string =>
  name.toLowerCase() === environment ? brokerAccountId : `${name} ${brokerAccountId}`;

/** `LIVE · Savings JANE1`. */
export const accountLabel = (account: Parameters<typeof accountName>[0]): string =>
  `${environmentName[account.environment]} · ${accountName(account)}`;

/** The short word, what it means, and what to do where the account's own problem does not say it. */
export const healthWords: Record<AccountState, { word: string; meaning: string; advice: string | null }> = {
  up: { word: 'Up', meaning: 'The broker answers and sends its news.', advice: null },
  degraded: {
    word: 'Degraded',
    meaning: 'The broker answers, but its stream is down: news of this account comes late.',
    advice: 'It is connected again by itself. Dealing works.',
  },
  read_only: {
    word: 'Read only',
    meaning:
      'The broker lets nobody deal on this account, or does not let its login in. Closes are still tried.',
    advice: 'It is asked again by itself; Test asks at once.',
  },
  offline: {
    word: 'Offline',
    meaning: 'The broker does not answer. What is shown is what was stored.',
    advice: 'It is asked again by itself; Test asks at once.',
  },
  disconnected: {
    word: 'Disconnected',
    meaning: 'Nobody asks the broker about this account. What it did can still be read.',
    advice: 'Connect its login again to deal on it.',
  },
};
