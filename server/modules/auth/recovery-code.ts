// What a recovery code looks like: `xxxx-xxxx-xxxx-xxxx` of an alphabet without look-alikes, and how it is written down. No I/O.
import type { Ids } from '../../lib/ids.ts';
import { hashToken } from './tokens.ts';

/** Crockford’s: no i, l, o and u. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** 80 bits: a copy of the hashes gives none away. */
const length = 16;
const codesPerUser = 10;

/** Ten new ones. */
export const makeRecoveryCodes = (ids: Pick<Ids, 'secret'>): string[] =>
  Array.from({ length: codesPerUser }, () =>
    [...Buffer.from(ids.secret(), 'base64url').subarray(0, length)]
      .map((byte) => alphabet[byte % 32]!)
      .join('')
      .replaceAll(/.{4}(?=.)/g, '$&-'),
  );

/** What is kept of a code, however it was written: o is read as 0, i and l as 1. */
export const hashRecoveryCode = (written: string): string =>
  hashToken(written.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1'));
