// What an IG login is, be it server-wide or an account's own. Sessions and calls are in rest/.
import type { Environment } from '../../../shared/primitives.ts';

export interface BrokerLogin {
  /** The feed its prices are published under. */
  feed: string;
  /** Names its session in PostgreSQL; without it the feed does. */
  session?: string | undefined;
  environment: Environment;
  /** Ends in `/gateway/deal`. */
  baseUrl: string;
  apiKey: string;
  identifier: string;
  password: string;
  /** The account to use; without it the login's own default. */
  accountId?: string | undefined;
}
