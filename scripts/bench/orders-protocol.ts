// What the programs of the orders benchmark share: the simulator's logins, what is dealt, and the stages of an order as the server reports them.

export const epic = 'CS.D.EURUSD.MINI.IP';
/** Of a working order that no price of the run reaches. */
export const restingLevel = '0.9';
export const json = { 'content-type': 'application/json' };
/** A side that does not answer for so long is broken. */
const answerWithinMs = 20_000;
export const soon = () => ({ signal: AbortSignal.timeout(answerWithinMs) });

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

/** What the server did since it was last asked, and the CPU time it took for that. */
export interface Stages {
  stages: Stage[];
  cpuMs: number;
}
