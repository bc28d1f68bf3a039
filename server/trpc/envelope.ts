// superjson's form of an input, as it arrives over tRPC: `{ "json": …, "meta": … }`. One that is not in it would be read as no input at all.
import superjson from 'superjson';
import { AppError } from '../lib/app-error.ts';

/** What superjson reads beside the value. */
const metaNames = ['values', 'referentialEqualities', 'v'];
const isMeta = (value: unknown) =>
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.keys(value).every((key) => metaNames.includes(key)));

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
  return superjson.deserialize(sent as Parameters<typeof superjson.deserialize>[0]);
}
