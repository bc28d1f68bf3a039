// Numbers and durations as the page shows them: pure text in, text out. Venue text is never rounded here.
import { decimal } from '../../../shared/decimal.ts';

const minus = '\u2212'; // as wide as a digit in tabular figures, unlike the hyphen
/** What stands where a value is missing. */
export const missing = '–';

/** A duration, short: `0.4 s`, `12 s`, `3 min`, `2 h`, `5 d`. Negative (clock skew) counts as 0. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** offer − bid in points (quote × scalingFactor), exact: `1.16017`, `1.16023`, `10000` → `0.6`. */
export function spreadPoints(
  bid: string | null,
  offer: string | null,
  scalingFactor: string | undefined,
): string {
  if (bid === null || offer === null || scalingFactor === undefined) return missing;
  return signed(decimal.multiply(decimal.subtract(offer, bid), scalingFactor), '');
}

/** A percentage with its sign and two places: `0.314` → `+0.31 %`. */
export function percent(text: string | null): string {
  if (text === null) return missing;
  const [whole = '0', fraction = ''] = decimal.round(text, 2, 'half-even').split('.');
  return `${signed(`${whole}.${fraction.padEnd(2, '0')}`)} %`;
}

/** The text with a typographic sign; zero has none. */
export function signed(text: string, plus = '+'): string {
  if (text.startsWith('-')) return minus + text.slice(1);
  return /[1-9]/.test(text) ? plus + text : text;
}

/** −1, 0 or 1: which way `to` lies from `from`. */
export const direction = (from: string | null, to: string | null): number =>
  from === null || to === null ? 0 : decimal.compare(to, from);

/** Midway between bid and offer, for charts only; null without both. */
export const mid = (bid: string | null, offer: string | null): number | null =>
  bid === null || offer === null ? null : (Number(bid) + Number(offer)) / 2;

/** Where `value` lies between low (0) and high (1), kept inside; null when the range is unknown or empty. */
export function position(low: string | null, high: string | null, value: number | null): number | null {
  if (low === null || high === null || value === null) return null;
  const span = Number(high) - Number(low);
  return span > 0 ? Math.min(1, Math.max(0, (value - Number(low)) / span)) : null;
}

/** `edits_only` → `Edits only`; a tradeable market is `Open`. */
export const marketStateName = (state: string): string =>
  state === 'tradeable' ? 'Open' : state.charAt(0).toUpperCase() + state.slice(1).replaceAll('_', ' ');

/** The thousands of a whole number apart: `-1234567` → `-1,234,567`. */
const grouped = (whole: string): string => whole.replace(/\B(?=(\d{3})+$)/g, ',');

/** An amount of money with its thousands apart and two places: `10000` → `10,000.00`. */
export function money(text: string): string {
  const [whole = '0', fraction = ''] = decimal.round(text, 2, 'half-even').split('.');
  return `${grouped(whole)}.${fraction.padEnd(2, '0')}`;
}

/** A level or a size with its thousands apart; whatever stands behind the point stays as it is: `104651.950` → `104,651.950`. */
export function levelText(text: string): string {
  const [whole = '', ...fraction] = text.split('.');
  return [grouped(whole), ...fraction].join('.');
}

/** A level that was computed, with the places its market quotes: `1.2167`, 5 → `1.21670`. One with more keeps them. */
export function quotedTo(level: string, places: number): string {
  const [whole = '0', fraction = ''] = level.split('.');
  return places === 0 && fraction === '' ? whole : `${whole}.${fraction.padEnd(places, '0')}`;
}

/**
 * Which characters of a shown level are its pips: the last two digits down to the pip, of which `scalingFactor` make one unit
 * (`1.21645`, 10000 → `64`). Null where the scale is no power of ten or the level has no such digits.
 */
export function pipDigits(
  shown: string,
  scalingFactor: string | undefined,
): { from: number; to: number } | null {
  const zeros = /^1(0*)$/.exec(scalingFactor ?? '')?.[1]?.length;
  if (zeros === undefined) return null;
  const point = shown.includes('.') ? shown.indexOf('.') : shown.length;
  const to = zeros === 0 ? point : Math.min(point + 1 + zeros, shown.length);
  let [from, digits] = [to, 0];
  while (from > 0 && digits < 2) if (/\d/.test(shown[--from]!)) digits++;
  return digits === 2 ? { from, to } : null;
}

/** IG's words for kinds of markets as a trader reads them: `CURRENCIES` → `Currencies`. */
export const kindName = (type: string): string =>
  (type.charAt(0).toUpperCase() + type.slice(1).toLowerCase()).replaceAll('_', ' ');

/** Local time to the second; with the day when that is not today, and with the year when that is another one. */
export function dayAndTime(at: Date, now = new Date()): string {
  const time = at.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
  return at.toDateString() === now.toDateString()
    ? time
    : `${at.toLocaleDateString([], {
        day: 'numeric',
        month: 'short',
        ...(at.getFullYear() !== now.getFullYear() && { year: 'numeric' }),
      })}, ${time}`;
}

/** As a field for an instant by this device's clock takes it, to the minute. */
export const withoutZone = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
