// Numbers as people type them, in English and in German habits. What can be read in two ways is asked back, never guessed.
import { decimal } from '../../../shared/decimal.ts';

/** What the text may mean, as decimal text above zero: none, one, or for `1,000` two. */
function meaningsOf(typed: string): string[] {
  const text = typed.trim().replace(/(?<=\d)[\s’'](?=\d{3})/g, ' ');
  return [
    ...new Set([read(text, { point: '.', group: ',' }), read(text, { point: ',', group: '.' })].flat()),
  ];
}
function read(text: string, { point, group }: { point: string; group: string }): string[] {
  const grouped = text.includes(' ') ? ' ' : group;
  const whole = `(?:\\d{1,15}|[1-9]\\d{0,2}(?:\\${grouped}\\d{3}){1,4})`;
  if (!new RegExp(`^(?:${whole}(?:\\${point}\\d{1,10})?|\\${point}\\d{1,10})$`).test(text)) return [];
  const plain = text.replaceAll(grouped, '').replace(point, '.').replace(/^\./, '0.');
  return /[1-9]/.test(plain) ? [decimal.canonical(plain)] : [];
}

/** The number as decimal text; undefined when there is none, or more than one. */
export function typedDecimal(typed: string): string | undefined {
  const [only, other] = meaningsOf(typed);
  return other === undefined ? only : undefined;
}

/** The question about text that can be read in two ways; undefined for any other. */
export function askedBack(typed: string): string | undefined {
  const meanings = meaningsOf(typed);
  if (meanings.length < 2) return undefined;
  const [less, more] = meanings.toSorted(decimal.compare);
  return `“${typed.trim()}” can be read as ${less} or as ${more}: write it so`;
}

/** The same of a number that may lie below zero. */
export function typedSigned(typed: string): string | undefined {
  const [, sign = '', size = ''] = /^\s*([+\-\u2212]?)\s*(.*)$/s.exec(typed) ?? [];
  const read = typedDecimal(size);
  return read !== undefined && sign !== '' && sign !== '+' ? `-${read}` : read;
}
