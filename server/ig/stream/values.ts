// From the SDK's update to plain values. What they mean is decided in prices/ and accounts/.
import type { SdkUpdate } from './sdk.ts';

/** All `fields` after `update`; unchanged ones carry their last value. IG writes an absent one as an empty text or as null: null here. */
export function valuesOf<F extends string>(
  fields: readonly F[],
  update: Pick<SdkUpdate, 'getValue'>,
): Record<F, string | null> {
  const values = {} as Record<F, string | null>;
  for (const field of fields) values[field] = update.getValue(field) || null;
  return values;
}
