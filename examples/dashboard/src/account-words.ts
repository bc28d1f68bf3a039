// Accounts in a trader's words: what they are, whose money it is, how they do and what to do about it. Pure.
import type { Account, AccountType, Environment, HealthState } from '../../../client/index.ts';

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
export const healthWords: Record<HealthState, { word: string; meaning: string; advice: string | null }> = {
  up: { word: 'Up', meaning: 'The broker answers and sends its news.', advice: null },
  degraded: {
    word: 'Degraded',
    meaning: 'The broker answers, but its stream is down: news of this account comes late.',
    advice: 'It is connected again by itself. Dealing works.',
  },
  read_only: {
    word: 'Read only',
    meaning: 'The broker does not let this login in. What is shown is what was stored; nothing can be dealt.',
    advice: 'Test it again, or give new credentials.',
  },
  offline: {
    word: 'Offline',
    meaning: 'The broker does not answer. What is shown is what was stored.',
    advice: 'It is asked again by itself; Test asks at once.',
  },
};
