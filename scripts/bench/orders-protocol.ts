// What the programs of the orders benchmark share: the simulator's logins, and the stages of an order as the server reports them.

const login = (name: string) => ({
  identifier: `bench-${name}`,
  password: `bench-${name}`,
  apiKey: `bench-key-${name}`,
  accountId: `BENCH${name.toUpperCase()}`,
  balance: '100000000.00',
});
/** Prices come by `feed`, the server deals on `ours`, the floor on `bare`. */
export const logins = { feed: login('feed'), ours: login('ours'), bare: login('bare') };

/** A transaction, or the request to the broker. `statements` are the first words of its SQL. */
export interface Stage {
  name: 'request' | 'event' | 'post';
  fromMs: number;
  toMs: number;
  statements: string[];
}
