// From the SDK's update to plain values. What they mean is decided in prices/ and accounts/.
import type { SdkUpdate } from './sdk.ts';

/** All `fields` after `update`; unchanged ones carry their last value. IG writes an absent one as an empty text or as null: null here. */
export const valuesOf = <F extends string>(
  fields: readonly F[],
  update: Pick<SdkUpdate, 'getValue'>,
): Record<F, string | null> =>
  Object.fromEntries(fields.map((field) => [field, update.getValue(field) || null])) as Record<
    F,
    string | null
  >;
