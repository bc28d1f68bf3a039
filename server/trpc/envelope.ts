// superjson's form of an input, as it arrives over tRPC: `{ "json": …, "meta": … }`. One that is not in it would be read as no input at all.
import superjson from 'superjson';
import { AppError } from '../lib/app-error.ts';
import { unknownName } from './problems.ts';

/** What superjson reads beside the value. */
const metaNames = ['values', 'referentialEqualities', 'v'];
const isMeta = (value: unknown) =>
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.keys(value).every((key) => metaNames.includes(key)));

/** The path of a name that superjson would set as a prototype, and so drop; a text too deep for this was refused before. */
function protoIn(value: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = name === '__proto__' ? [...path, name] : protoIn(part, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

/** The value in an envelope; undefined without one. Throws request.invalid for an input that was not put into one. */
export function readEnvelope(sent: unknown): unknown {
  if (sent === undefined) return undefined;
  const isEnvelope =
    typeof sent === 'object' &&
    sent !== null &&
    Object.entries(sent).every(([key, value]) => key === 'json' || (key === 'meta' && isMeta(value)));
  if (!isEnvelope)
    throw new AppError('request.invalid', {
      message: 'The input is not in its envelope: write {"json": {…}} with the fields inside.',
    });
  const { json } = sent as { json?: unknown };
  const proto = protoIn(json);
  if (proto)
    throw new AppError('request.invalid', {
      fields: { [proto.join('.')]: unknownName('__proto__', [], 'field of this request') },
    });
  return superjson.deserialize(sent as Parameters<typeof superjson.deserialize>[0]);
}
