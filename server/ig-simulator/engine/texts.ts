// How IG writes times, sizes and amounts of deals. An account's time is UTC here. Builds no row.
import type { Direction } from './words.ts';

/** `2018-04-26T23:42:58` of an instant (ISO, UTC), as those below. */
export const second = (at: string) => at.slice(0, 19);
/** `26/04/18`. */
export const shortDate = (at: string) => at.slice(2, 10).split('-').reverse().join('/');
/** `2018/05/03 18:01:42:000`. */
export const longDate = (at: string) =>
  `${at.slice(0, 10).replaceAll('-', '/')} ${at.slice(11, 19)}:${at.slice(20, 23)}`;
/** How IG marks amounts; no ISO code for every account. */
export const currencySign = (currency: string) => ({ GBP: '£', USD: 'US' })[currency] ?? currency;
/** `+0.60`: two places at least. */
export const signedSize = (direction: Direction, size: string) =>
  `${direction === 'BUY' ? '+' : '-'}${/\.\d{2}/.test(size) ? size : Number(size).toFixed(2)}`;
