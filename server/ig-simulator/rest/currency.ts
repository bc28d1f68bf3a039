// How IG writes money: amounts, symbols of currencies, and the codes of its own that version 1 shows. No rates.
import { decimal } from '../../../shared/decimal.ts';
import { double } from '../numbers.ts';

/** An amount, of two places at the most. */
export const money = (amount: string) => double(decimal.round(amount, 2, 'half-up'));

const symbols: Record<string, string> = { GBP: '£', USD: '$', EUR: 'E', JPY: 'Y', AUD: 'A$', CHF: 'SF' };
export const currencySymbol = (code: string) => symbols[code] ?? code;
/** IG REST: GET /markets/{epic} v1 `currencies[].code` (recorded: `$.`, `#.`). */
export const currencyV1Code = (code: string) => (code === 'GBP' ? '#.' : `${currencySymbol(code)}.`);
