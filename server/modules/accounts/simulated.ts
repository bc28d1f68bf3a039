// The names a simulated login bears. No I/O.
import { createHash } from 'node:crypto';

/** What every user of an installation with a simulator starts with. */
export const simulatedStart = { currency: 'GBP', cash: '10000.00' } as const;

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Identifier and account id of a user's simulated login: pure functions of the user's id, so that a second attempt, after a crash
 * or in another process, names the same login. Twelve base-36 digits: a clash among a million users is a chance of 1 in 9 million.
 */
export function simulatedNames(userId: string): { identifier: string; accountId: string } {
  const hash = createHash('sha256').update(`simulated account of ${userId}`).digest();
  let rest = hash.readBigUInt64BE();
  let name = '';
  for (let i = 0; i < 12; i++, rest /= 36n) name += digits[Number(rest % 36n)];
  return { identifier: `user-${name.toLowerCase()}`, accountId: `S${name}` };
}
