// The encryption keys of this installation for a command: given, or kept in the data folder; none is made up.
import type { Config } from '../server/config.ts';
import { readSecrets } from '../server/data-folder/index.ts';

/** The keys, the newest first, and where they are kept. Throws Error, in words, when there are none. */
export function readKeys({ encryptionKeys }: Pick<Config, 'encryptionKeys'>, dataDir: string) {
  const place = encryptionKeys ? 'ENCRYPTION_KEYS' : `${dataDir}/secrets.json`;
  const keys = encryptionKeys ?? readSecrets(dataDir)?.encryptionKeys;
  if (!keys)
    throw new Error(
      `there are no keys: ENCRYPTION_KEYS is not set, and there is no ${place}. Servers of this installation have one of the two.`,
    );
  return { place, keys };
}
