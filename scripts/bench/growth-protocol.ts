// What the sides of the growth benchmark say to each other, and how much each database holds.

/** How much one account has. */
export interface Size {
  deals: number;
  closed: number;
  open: number;
  events: number;
  notifications: number;
}
export type Fill = 'nearly empty' | 'full';
export const sizes: Record<Fill, Size> = {
  'nearly empty': { deals: 40, closed: 10, open: 10, events: 80, notifications: 20 },
  full: { deals: 100_000, closed: 50_000, open: 2_000, events: 200_000, notifications: 50_000 },
};
/** Of short runs, as in tests. */
export const fewSizes: typeof sizes = {
  ...sizes,
  full: { deals: 5_000, closed: 2_500, open: 100, events: 10_000, notifications: 2_500 },
};

/** What is read and timed `times` in a row. */
export const reads = [
  'deals, newest page',
  'deals, a page in the middle',
  'deals, rejected ones',
  'deals, of a kind that is rare',
  'deals, undecided ones of one market',
  'open positions, first page',
  'open positions, page of an account without any',
  'events, newest page',
  'events, a page in the middle',
  'notifications, newest page',
] as const;
export type Read = (typeof reads)[number];

/** What is read of the broker's books; the account's lock is timed. */
export const readings = [
  'nothing new',
  'one opening elsewhere',
  'one closing elsewhere, with its notification',
  'one close of ours undecided',
  'first reading of an account with as many positions',
] as const;
export type Reading = (typeof readings)[number];

export type GrowthRequest =
  | { do: 'read'; read: Read; times: number }
  | { do: 'reading'; reading: Reading }
  | { do: 'move'; seconds: number };
export interface ReadReply {
  /** Of each time. */
  ms: number[];
  rows: number;
}
export interface ReadingReply {
  /** From the lock of the account to the end, of each of its transactions. */
  lockMs: number[];
  /** In the transaction that had the most. */
  statements: number;
  transactions: number;
  /** Of the whole reading. */
  ms: number;
  /** CPU of one turn of the event loop: the longest. */
  blockMs: number;
}
export interface MoveReply {
  /** CPU of one turn of the event loop: the longest. */
  blockMs: number;
  /** CPU of the process meanwhile, in per cent of a core. */
  corePct: number;
  /** Where prices stopped. */
  bid: string;
}

export const epics = Array.from({ length: 40 }, (_, i) => `CS.D.GROW${String(i).padStart(2, '0')}.CFD.IP`);
export const feed = 'simulated';
export const people = {
  /** Has everything. */
  ann: { userId: 'user_ann', accountId: 'acct_ann' },
  /** Has as many closed positions, and none open. */
  bob: { userId: 'user_bob', accountId: 'acct_bob' },
  /** Has nothing here yet. */
  carol: { userId: 'user_carol', accountId: 'acct_carol' },
};
