// The small words that commands, decisions and the state share. Types only.

export type Direction = 'BUY' | 'SELL';
export type AccountType = 'CFD' | 'SPREADBET';
/** What a login that was made at run time needs to sign in again after a restart; none for logins of the configuration. */
export interface Credentials {
  passwordHash: string;
  apiKey: string;
  /** Which of the login's accounts this is, from 0. Journals from before there were several do not say. */ place?: number;
  accountName?: string;
}
/** LIMIT: buy below, sell above the market. STOP: buy above, sell below. */
export type OrderKind = 'LIMIT' | 'STOP';
