// What a server-wide IG login is, and how slow IG wants it. Sessions and calls are in rest/.
import type { Environment } from '../../shared/primitives.ts';

export interface BrokerLogin {
  /** The feed its prices are published under. */
  feed: string;
  environment: Environment;
  /** Ends in `/gateway/deal`. */
  baseUrl: string;
  apiKey: string;
  identifier: string;
  password: string;
  /** The account to use; without it the login's own default. */
  accountId?: string | undefined;
}
