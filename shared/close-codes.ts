// Why the server closes a WebSocket, on every face, and what its client does then: one table for the server, the client kit and the documents. No I/O.

/**
 * `reconnect`: connect again, after a pause that grows, and go on · `sign in`: the same with a new login · `stop`: connecting again as
 * before would end as before.
 */
export type AfterClose = 'reconnect' | 'sign in' | 'stop';

export const closeCodes = {
  1009: { means: 'a message was longer than 100 kB', advice: 'send shorter ones', next: 'stop' },
  1011: { means: 'the server could not go on', advice: 'connect again', next: 'reconnect' },
  1012: { means: 'the server restarts', advice: 'connect again', next: 'reconnect' },
  4400: { means: 'messages that cannot be read', advice: 'mend what you send', next: 'stop' },
  4401: { means: 'not signed in, or the login has ended', advice: 'sign in again', next: 'sign in' },
  4403: { means: 'this caller may not', advice: 'use another login or page', next: 'stop' },
  4408: {
    means: 'did not say within 5 s who it is',
    advice: 'connect again, and send the first message at once',
    next: 'reconnect',
  },
  4413: { means: 'more than 200 connections of one user', advice: 'close some first', next: 'stop' },
  4429: {
    means: 'more than 50 messages a second, after the first 200',
    advice: 'wait a second, and send less',
    next: 'reconnect',
  },
  4490: {
    means: 'read nothing for 15 s while data waited',
    advice: 'connect again, and go on from the last event you have',
    next: 'reconnect',
  },
} as const satisfies Record<number, { means: string; advice: string; next: AfterClose }>;
export type CloseCode = keyof typeof closeCodes;

/** Codes that no server of FTrader gives as a reason: a client sees them where the end has another cause. */
const otherCodes: Readonly<Record<number, string>> = {
  1000: 'it was closed as usual',
  1001: 'the server or the page went away',
  1005: 'it was closed on this side: nothing needed it, or the server was silent',
  1006: 'the connection was lost without a word',
};

/** In words why a WebSocket was closed: `the server restarts: connect again`. */
export function describeClose(code: number): string {
  if (!(code in closeCodes)) return otherCodes[code] ?? `it was closed with ${code}`;
  const { means, advice } = closeCodes[code as CloseCode];
  return `${means}: ${advice}`;
}
