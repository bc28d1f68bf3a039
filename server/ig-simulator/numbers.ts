// How IG spells numbers in JSON: doubles with a point even when whole, the rest plainly, distances and levels to six places. Knows no unit.
import { decimal } from '../../shared/decimal.ts';

declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}
/** A number that is written exactly as `text` (`1.38780` keeps its zero). Throws SyntaxError when `text` is no JSON number. */
export const spelt = (text: string): object => JSON.rawJSON(text);

type Figure = string | number | null | undefined;
/** What is written for a figure; null for none. */
export type Spell = (figure: Figure) => object | number | null;
/** As Java writes a double: no zeros at the end, but always a point (recorded: `10.0`, and `1849.7` beside `1832.25`). */
export function double(figure: Figure): object | null {
  if (figure == null) return null;
  const text = decimal.canonical(String(figure));
  return spelt(text.includes('.') ? text : `${text}.0`);
}
/** A whole number without a point. Quotes and sizes are short enough for a float to print them as they are. */
export const plain = (figure: Figure) => (figure == null ? null : Number(figure));

/** `keys` of `from`, each as `spell` writes it. */
export const spellings = <K extends string>(
  spell: Spell,
  from: { readonly [key in K]?: Figure },
  ...keys: readonly K[]
) => Object.fromEntries(keys.map((key) => [key, spell(from[key])])) as Record<K, ReturnType<Spell>>;

/** IG rounds levels and distances (recorded: a distance of 11.666667), so that no float's noise is ever shown. */
export const maxPlaces = 6;
export const rounded = (text: string) => decimal.round(text, maxPlaces, 'half-up');
