// The tRPC WebSocket encoder of one socket: plain JSON that also tells a starting subscription its request id. No ticks here.
import type { WrittenForm } from '../trpc/context.ts';

export interface WsEncoder {
  encode(message: unknown): string;
  /** Throws on binary frames and on what is not JSON. */
  decode(data: string | ArrayBuffer | Uint8Array): unknown;
  /**
   * How the messages of the subscription just started open (`{"id":7,`), once, within the same turn. tRPC does not give procedures
   * their request id, but encodes `started` and asks the procedure's iterable for its iterator in one block.
   */
  takeStarted(): WrittenForm | undefined;
}

interface Started {
  id: number | string;
  jsonrpc?: '2.0';
  result: { type: 'started' };
}
const isStarted = (message: unknown): message is Started =>
  typeof message === 'object' &&
  message !== null &&
  'result' in message &&
  (message as Started).result?.type === 'started';

export function createWsEncoder(): WsEncoder {
  let started: WrittenForm | undefined;
  return {
    encode(message) {
      started = undefined;
      if (isStarted(message)) {
        const opening = `${JSON.stringify({ id: message.id, jsonrpc: message.jsonrpc }).slice(0, -1)},`;
        started = { form: 'trpc', opening };
        queueMicrotask(() => (started = undefined)); // nobody took it in time: never hand one subscription's id to another
      }
      return JSON.stringify(message);
    },
    decode(data) {
      if (typeof data !== 'string') throw new TypeError('messages are JSON in text frames');
      return JSON.parse(data) as unknown;
    },
    takeStarted() {
      const taken = started;
      started = undefined;
      return taken;
    },
  };
}
