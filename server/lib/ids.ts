// Identifiers: prefixed, sortable by creation, unguessable. No trading word lives here.
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** `size` bytes nobody can predict. The one source of randomness that is handed around. */
export type RandomBytes = (size: number) => Uint8Array;
export const systemRandom: RandomBytes = (size) => randomBytes(size);

export interface Ids {
  /** A new id such as `user_06a3k…`: prefix, 10 characters of time (ms), 16 of randomness (80 bits), base 32. */
  next(prefix: string): string;
  /** An unguessable secret of 256 bits, base64url, 43 characters. */
  secret(): string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const letters = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const [timeLength, tailLength] = [10, 16];
/** Random tails drawn at a time: asking the system costs as much for all of them as for one. Secrets are never drawn ahead. */
const tailsDrawn = 256;

export function createIds(clock: Clock, random: RandomBytes = systemRandom): Ids {
  let [headAtMs, head] = [Number.NaN, ''];
  let tails: Uint8Array = new Uint8Array(0);
  let used = 0;
  return {
    next(prefix) {
      const now = clock.now().getTime();
      if (now !== headAtMs) [headAtMs, head] = [now, timeText(now)];
      if (used === tails.length) [tails, used] = [random(tailLength * tailsDrawn), 0];
      const codes = tails.subarray(used, (used += tailLength)).map((byte) => letters[byte % 32]!);
      return `${prefix}_${head}${String.fromCharCode(...codes)}`;
    },
    secret: () => Buffer.from(random(32)).toString('base64url'),
  };
}

/** Milliseconds in base 32, of one length, so that texts sort as times do. */
function timeText(ms: number): string {
  let [text, left] = ['', ms];
  for (let i = 0; i < timeLength; i++) {
    text = alphabet[left % 32] + text;
    left = Math.floor(left / 32);
  }
  return text;
}
