// How IG writes currencies: symbols, and the codes of its own that version 1 shows. No rates.

const symbols: Record<string, string> = { GBP: '£', USD: '$', EUR: 'E', JPY: 'Y', AUD: 'A$', CHF: 'SF' };
export const currencySymbol = (code: string) => symbols[code] ?? code;
/** IG REST: GET /markets/{epic} v1 `currencies[].code` (recorded: `$.`, `#.`). */
export const currencyV1Code = (code: string) => (code === 'GBP' ? '#.' : `${currencySymbol(code)}.`);
