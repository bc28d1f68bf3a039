// Deal ids and references in IG's form. Ids follow from a counter, references from bytes that are handed in.

/** 26 ** 8 ids end in eight letters; the first one starts here so that they look like IG's. */
const firstDeal = 160_451_339_077;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lettersAndDigits = `${letters}0123456789`;

/** The id of deal number `n` (0 is the first): 15 characters, unique also in the last 8, sorted as they were given out. */
export function dealIdOf(n: number): string {
  let tail = '';
  for (let rest = firstDeal + n, i = 0; i < 8; i++, rest = Math.floor(rest / 26))
    tail = letters[rest % 26] + tail;
  return `DIAAAAB${tail}`;
}

/** The reference that histories show: the last 8 characters. */
export const shortReference = (dealId: string) => dealId.slice(-8);

/** 15 upper-case letters and digits, as IG makes up for a request without a dealReference. */
export const generateReference = (random: (size: number) => Uint8Array) =>
  Array.from(random(15), (byte) => lettersAndDigits[byte % 36]).join('');
/** The number that `dealIdOf` made an id of. */
export const dealNumberOf = (dealId: string) =>
  [...shortReference(dealId)].reduce((n, letter) => n * 26 + letters.indexOf(letter), 0) - firstDeal;
