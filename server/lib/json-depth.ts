// How deep a JSON text is: whoever walks over its value goes as deep, and a stack has an end. No trading word lives here.
import { endOf } from './repeated-name.ts';

/** Whether lists and objects stand in each other more than `most` times. Of a text that is not JSON it says what it likes. */
export function isDeeperThan(json: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = endOf(json, at);
    else if (char === '{' || char === '[') {
      if (++depth > most) return true;
    } else if (char === '}' || char === ']') depth--;
  }
  return false;
}
