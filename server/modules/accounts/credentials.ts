// What logs in to the broker, sealed for the row of one account: it opens nowhere else.
import { z } from 'zod';
import type { Sealer } from '../../lib/seal.ts';
import type { BrokerCredentials } from './ports.ts';

const Credentials = z.object({ identifier: z.string(), password: z.string(), apiKey: z.string() });
/** Where the credentials of an account are sealed to lie. */
export const placeOf = (accountId: string): string => `broker_accounts/${accountId}`;

export const sealCredentials = (sealer: Sealer, accountId: string, credentials: BrokerCredentials): string =>
  sealer.seal(JSON.stringify(Credentials.parse(credentials)), placeOf(accountId));

/** Throws Error when the key that they were sealed under is gone. */
export const openCredentials = (
  sealer: Sealer,
  { id, credentials }: { id: string; credentials: string },
): BrokerCredentials => Credentials.parse(JSON.parse(sealer.open(credentials, placeOf(id))));
