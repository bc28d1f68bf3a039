// IG's decimals as ours, pure: the venue's text, and only what is no plain decimal (1.0E10, a float's noise) is rewritten.
import { decimal } from '../../shared/decimal.ts';

const plain = /^-?\d+(\.\d+)?$/;
/** Recorded: marginFactor 3.3300000000000000710542735760100185871124267578125, a double written out in full. */
const longestText = 40;
const noisePlaces = 12;

/**
 * The text as it came when it is a plain decimal; else its canonical form; null for null, empty or no number.
 * Longer than 40 characters it is a double's binary tail, rounded half-even to 12 places.
 */
export function decimalText(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text === '') return null;
  if (plain.test(text) && text.length <= longestText) return text;
  try {
    const rounded = decimal.round(text, noisePlaces, 'half-even');
    return plain.test(rounded) && rounded.length <= longestText ? rounded : null;
  } catch {
    return null;
  }
}
