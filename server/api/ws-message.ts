// What tRPC would pass over in the address and the messages of a socket, as trpc-input.ts has it for a request.
import { AppError } from '../lib/app-error.ts';
import { refuseRepeated } from '../trpc/repeated.ts';
import { queryOf } from './request-rules.ts';

/** Of a message, and of its `params`. */
const readOf = ['id', 'jsonrpc', 'method', 'params', 'data'];
const readOfParams = ['path', 'input', 'lastEventId'];

/** What an upgrade is refused with whose address holds more than it is read for; undefined for one that does not. */
export function unreadInAddress(url: string): AppError | undefined {
  const unread = [...queryOf(url).keys()].filter((name) => name !== 'connectionParams');
  if (unread.length === 0) return undefined;
  const problem = 'is not read in the address of a socket: write it into the input of a message';
  return new AppError('request.invalid', {
    fields: Object.fromEntries(unread.map((name) => [name, problem])),
  });
}

/** Throws request.invalid that names what is not read of `message`, which was read from `json`; a batch is a list of them. */
export function refuseUnreadMessage(message: unknown, json: string): void {
  refuseRepeated(json);
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
