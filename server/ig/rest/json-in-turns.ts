// Lossless JSON of any length, read in parts: others have their turn of the event loop in between.
import { setImmediate as turn } from 'node:timers/promises';
import { parseLossless, quoteNumbers } from './json.ts';

/** Some 2 ms of work. */
const charactersPerTurn = 256 * 1024;

/** The same for a text of any length: others have their turn after each part of it, and before the caller goes on. */
export async function parseLosslessInTurns(text: string): Promise<unknown> {
  if (text.length <= charactersPerTurn) return parseLossless(text);
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const { quoted, end } = quoteNumbers(text, at, at + charactersPerTurn);
    parts.push(quoted);
    at = end;
    await turn();
  }
  const whole = parts.join('');
  await turn();
  const parsed: unknown = JSON.parse(whole);
  await turn();
  return parsed;
}
