// The IG login that stands behind a connected account.
import type { BrokerAccount, BrokerCredentials } from '../../modules/accounts/ports.ts';
import type { BrokerLogin } from '../rest/login.ts';

export const loginOf = (
  account: BrokerAccount,
  credentials: BrokerCredentials,
  baseUrl: string,
): BrokerLogin => ({
  ...credentials,
  feed: account.feed,
  session: account.id,
  environment: account.environment,
  baseUrl,
  accountId: account.brokerAccountId,
});
