// The messages of a socket, read: what tRPC would pass over in them and in the address is refused, as trpc-input.ts has it for a request.
import { z } from 'zod';
import type { RawData } from 'ws';
import { Authenticate, Subscribe, Unsubscribe, type ClientMessage } from '../../shared/sockets.ts';
import { AppError } from '../lib/app-error.ts';
import { readJson, toAppError } from '../trpc/errors.ts';
import { problemsOf } from '../trpc/problems.ts';
import { refuseMisread } from '../trpc/repeated.ts';
import { queryOf } from './request-rules.ts';

/** Of a message, and of its `params`. */
const readOf = ['id', 'jsonrpc', 'method', 'params', 'data'];
const readOfParams = ['path', 'input', 'lastEventId'];

/** What an upgrade is refused with whose address holds more than it is read for, which is `known`; undefined for one that does not. */
export function unreadInAddress(url: string, known: readonly string[]): AppError | undefined {
  const unread = [...queryOf(url).keys()].filter((name) => !known.includes(name));
  if (unread.length === 0) return undefined;
  const problem = 'is not read in the address of a socket: write it into the input of a message';
  return new AppError('request.invalid', {
    fields: Object.fromEntries(unread.map((name) => [name, problem])),
  });
}

/** Throws request.invalid that names what is not read of `message`, which was read from `json`; a batch is a list of them. */
export function refuseUnreadMessage(message: unknown, json: string): void {
  refuseMisread(json);
  for (const each of [message].flat()) {
    refuseOthers(each, readOf);
    refuseOthers((each as { params?: unknown } | null)?.params, readOfParams);
  }
}

function refuseOthers(value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const fields = Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => [name, 'is not read here: write it into params.input, as {"json": {…}}']);
  if (fields.length > 0) throw new AppError('request.invalid', { fields: Object.fromEntries(fields) });
}

const clientMessages: Readonly<Record<ClientMessage['type'], z.ZodType<ClientMessage>>> = {
  authenticate: Authenticate,
  subscribe: Subscribe,
  unsubscribe: Unsubscribe,
};

/** A message of a plain socket, or what it is refused with: request.malformed, request.invalid. */
export function readClientMessage(data: RawData, isBinary: boolean): ClientMessage | AppError {
  try {
    if (isBinary)
      throw new AppError('request.malformed', {
        message: 'A binary message is not read: send JSON in text messages.',
      });
    const json = String(data as Buffer);
    const sent = readJson(json) as { type?: unknown } | null | undefined;
    refuseMisread(json);
    const type = typeof sent === 'object' ? sent?.type : undefined;
    if (typeof type !== 'string' || !Object.hasOwn(clientMessages, type))
      throw new AppError('request.invalid', {
        fields: { type: 'must be authenticate, subscribe or unsubscribe' },
      });
    const schema = clientMessages[type as ClientMessage['type']];
    const read = schema.safeParse(sent);
    if (!read.success)
      throw new AppError('request.invalid', { fields: problemsOf(read.error, sent, schema) });
    return read.data;
  } catch (thrown) {
    return toAppError(thrown);
  }
}
