// From the SDK's update to plain values: unchanged fields carry their last value, empty text and null are both absent.
import { priceFields, type PriceValues } from '../prices/translate.ts';
import type { SdkUpdate } from './sdk.ts';

/** All fields of a PRICE item after `update`. IG writes an absent number as an empty text or as null. */
export const decodePrice = (update: Pick<SdkUpdate, 'getValue'>): PriceValues =>
  Object.fromEntries(priceFields.map((field) => [field, update.getValue(field) || null])) as PriceValues;

/** Whether two updates carry the same values. */
export const samePrice = (a: PriceValues, b: PriceValues) =>
  priceFields.every((field) => a[field] === b[field]);
