// Lengths of candles in words, and which one this browser shows.
import type { Resolution } from '../../../client/index.ts';
import { keep, readKept } from './kept.ts';

export const resolutionName: Record<Resolution, string> = {
  SECOND: '1 second',
  MINUTE: '1 minute',
  MINUTE_2: '2 minutes',
  MINUTE_3: '3 minutes',
  MINUTE_5: '5 minutes',
  MINUTE_10: '10 minutes',
  MINUTE_15: '15 minutes',
  MINUTE_30: '30 minutes',
  HOUR: '1 hour',
  HOUR_2: '2 hours',
  HOUR_3: '3 hours',
  HOUR_4: '4 hours',
  DAY: '1 day',
  WEEK: '1 week',
  MONTH: '1 month',
};
const storageKey = 'ftrader.resolution';

export const isIntraday = (resolution: Resolution): boolean => /^(SECOND|MINUTE|HOUR)/.test(resolution);
const all = Object.keys(resolutionName) as Resolution[];
export const keptResolution = (): Resolution => {
  const kept = readKept(storageKey);
  return all.find((each) => each === kept) ?? 'MINUTE';
};
export const keepResolution = (resolution: Resolution): void => keep(storageKey, resolution);
