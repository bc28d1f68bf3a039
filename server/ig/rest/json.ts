// Lossless JSON, both ways: numbers arrive and leave as text, so that no price or size passes through a float. Pure.
import { decimal } from '../../../shared/decimal.ts';
import { endOf } from '../../lib/repeated-name.ts';

/**
 * `JSON.parse` whose numbers are their source text (`14147.0000`, `1.0E10`). Throws SyntaxError. A reviver that returns its
 * `context.source` takes three times as long: V8 then keeps the source of every value and visits each.
 */
export const parseLossless = (text: string): unknown => JSON.parse(quoteNumbers(text, 0, text.length).quoted);

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const codeOf = (character: string) => character.charCodeAt(0);
const [quote, minus, plus, dot] = [codeOf('"'), codeOf('-'), codeOf('+'), codeOf('.')];
const [zero, nine, e, E] = [codeOf('0'), codeOf('9'), codeOf('e'), codeOf('E')];
const isDigit = (code: number) => code >= zero && code <= nine;
const isOfNumber = (code: number) =>
  isDigit(code) || code === dot || code === e || code === E || code === minus || code === plus;

/**
 * The text from `start` to the first token that begins at `until` or after, with its numbers in quotes. Only what is a number of
 * JSON and stands where a value ends is changed, so that `JSON.parse` takes and refuses what it would have: a text in that place is
 * right where the number was. Never begins within a token.
 */
export function quoteNumbers(json: string, start: number, until: number): { quoted: string; end: number } {
  let quoted = '';
  let copied = start;
  let at = start;
  while (at < until && at < json.length) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOf(json, at) + 1;
    else if (code === minus || isDigit(code)) {
      const from = at++;
      while (at < json.length && isOfNumber(json.charCodeAt(at))) at++;
      const written = json.slice(from, at);
      if (!number.test(written) || !isEndOfValue(json, at)) continue;
      quoted += `${json.slice(copied, from)}"${written}"`;
      copied = at;
    } else at++;
  }
  const end = Math.min(at, json.length);
  return { quoted: quoted + json.slice(copied, end), end };
}

/** Whether what ends at `at` is followed by `,`, `]`, `}` or the end: a name never is. */
function isEndOfValue(json: string, at: number): boolean {
  for (; at < json.length; at++) {
    const character = json[at]!;
    if (!' \t\n\r'.includes(character)) return ',]}'.includes(character);
  }
  return true;
}

declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}
/** A number for `JSON.stringify`, written with exactly these digits. Throws on anything but a decimal number. */
export const jsonNumber = (text: string): object => JSON.rawJSON(decimal.canonical(text));
