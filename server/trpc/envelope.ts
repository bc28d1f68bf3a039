// superjson's form of an input, as it arrives over tRPC: `{ "json": …, "meta": … }`. One that is not in it would be read as no input at all.
import superjson from 'superjson';
import { AppError } from '../lib/app-error.ts';

/** The value in an envelope; undefined without one. Throws request.invalid for an input that was not put into one. */
export function readEnvelope(sent: unknown): unknown {
  if (sent === undefined) return undefined;
  const isEnvelope =
    typeof sent === 'object' &&
    sent !== null &&
    Object.keys(sent).every((key) => key === 'json' || key === 'meta');
  if (!isEnvelope)
    throw new AppError('request.invalid', {
      message: 'The input is not in its envelope: write {"json": {…}} with the fields inside.',
    });
  return superjson.deserialize(sent as Parameters<typeof superjson.deserialize>[0]);
}
