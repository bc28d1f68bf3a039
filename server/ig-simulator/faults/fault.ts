// What a fault is: what it may strike, when, what is seen instead, and what can be set of it. Which there are: table.ts.
import type { MarketStatus } from '../market/instrument.ts';

/** What a fault may strike: deal requests (`order`: to place one), what the market or the clock triggered, reads (`confirm` is one of them), and logins. */
export const targets = [
  'open',
  'close',
  'amend',
  'order',
  'cancel',
  'trigger',
  'read',
  'confirm',
  'login',
] as const;
export type Target = (typeof targets)[number];
/** What the caller gets instead of the answer: nothing until it hangs up, a TCP reset, the answer late or cut off, or something else. */
export type Reply = 'silence' | 'reset' | 'late' | 'torn' | { status: number; html?: true };
export type Option =
  | 'on'
  | 'accountId'
  | 'epic'
  | 'count'
  | 'probability'
  | 'seed'
  | 'ms'
  | 'code'
  | 'recoverable'
  | 'keepalives'
  | 'points'
  | 'pct'
  | 'skewMs';

export interface Words {
  /** One sentence: what goes wrong. */
  what: string;
  /** Who saw it, in the words of the API reference. */
  seen: string;
  takes: readonly Option[];
  /** Default: open and close. */
  on?: readonly Target[];
  /** Default range: of a delay (requests, desk), of how long it lasts (stream, while); pulses have none. */
  ms?: readonly [number, number];
  /** The first is the default. */
  codes?: readonly (string | number)[];
}
/**
 * When it strikes. `before` a request is carried out (it never is), `after` it was, `later`: some time after the caller hung up. `desk`: as a deal is
 * decided and told. `stream`: as a stream request or update passes. `price`: as a tick passes. `pulse`: when it is set, or every `ms`. `while` it is set, or for `ms`.
 */
export type Fault = Words &
  (
    | { when: 'before' | 'after' | 'later'; reply: Reply }
    | { when: 'desk' | 'stream' | 'price' | 'pulse' }
    | { when: 'while'; status?: MarketStatus }
  );
