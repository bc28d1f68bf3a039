// The kinds of wake-ups, and how far each reaches. How they travel is in wakeups.ts.

/**
 * How far each kind of wake-up reaches. `everywhere`: also by NOTIFY, since a command in another process may cause it (a user
 * disabled, an account's credentials changed, keys to be known), and on a bus in memory nothing else would tell a running server. `bus`: events
 * of users come with every deal, a NOTIFY would make their commits take turns, and their readers look once a second anyway; candles change once a second, and who watches them looks every five; who evaluates alerts looks every three.
 */
export const wakeupReach = {
  session: 'everywhere',
  accounts: 'everywhere',
  keys: 'everywhere',
  account_health: 'bus',
  trading: 'bus',
  notifications: 'bus',
  candles: 'bus',
  alerts: 'bus',
} as const satisfies Record<string, 'everywhere' | 'bus'>;
export type WakeupKind = keyof typeof wakeupReach;
