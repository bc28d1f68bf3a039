// Where the encryption keys of a process come from, and how they are read there again: a command puts a new one in while it runs.
import { readEncryptionKeys } from '../config.ts';
import type { Secrets } from '../compose/index.ts';

/**
 * ENCRYPTION_KEYS, else those that the data folder keeps. The variable is read again where `.env` set it; what an environment was
 * started with stays as it is until the next start.
 */
export function keysOf(
  { encryptionKeys }: { encryptionKeys: string[] | undefined },
  kept: () => string[] = () => [],
): Pick<Secrets, 'encryptionKeys' | 'readKeys'> {
  if (!encryptionKeys) return { encryptionKeys: kept(), readKeys: kept };
  const inFile = () => readEncryptionKeys('.env') ?? [];
  const isOfFile = inFile().join() === encryptionKeys.join();
  return { encryptionKeys, ...(isOfFile && { readKeys: inFile }) };
}
