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

export function createIds(clock: Clock, random: RandomBytes = systemRandom): Ids {
  return {
    next(prefix) {
      let time = clock.now().getTime();
      let head = '';
      for (let i = 0; i < 10; i++) {
        head = alphabet[time % 32] + head;
        time = Math.floor(time / 32);
      }
      const tail = Array.from(random(16), (byte) => alphabet[byte % 32]).join('');
      return `${prefix}_${head}${tail}`;
    },
    secret: () => Buffer.from(random(32)).toString('base64url'),
  };
}
