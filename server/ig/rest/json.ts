// Lossless JSON, both ways: numbers arrive and leave as text, so that no price or size passes through a float.
import { decimal } from '../../../shared/decimal.ts';

/** `JSON.parse` whose numbers are their source text (`14147.0000`, `1.0E10`). Throws SyntaxError. */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? context!.source : value,
  );
}

declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}
/** A number for `JSON.stringify`, written with exactly these digits. Throws on anything but a decimal number. */
export const jsonNumber = (text: string): object => JSON.rawJSON(decimal.canonical(text));
