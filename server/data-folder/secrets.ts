// Secrets that a machine without configuration makes for itself, once, beside the database and never inside it.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { systemRandom } from '../lib/ids.ts';
import type { RandomBytes } from '../lib/ids.ts';
import { readIfExists, writeFileDurably } from '../lib/files.ts';

export interface Secrets {
  /** Signs tokens; base64url of 32 bytes. */
  secretKey: string;
  /** `name:base64url` pairs, newest first: the shape of ENCRYPTION_KEYS. */
  encryptionKeys: string[];
  /** Guards the simulator's admin route. */
  simulatorAdminToken: string;
}

/**
 * Reads `secrets.json` of the data folder (which must exist), making what it lacks.
 * Throws when the file is there but unreadable: made anew, it would turn everything encrypted into noise.
 */
export function loadSecrets(dir: string, { random = systemRandom }: { random?: RandomBytes } = {}): Secrets {
  const path = join(dir, 'secrets.json');
  const text = readIfExists(path);
  const found = text === undefined ? {} : parse(path, text);
  const secret = () => Buffer.from(random(32)).toString('base64url');
  const secrets: Secrets = {
    secretKey: found.secretKey ?? secret(),
    encryptionKeys: found.encryptionKeys ?? [`k1:${secret()}`],
    simulatorAdminToken: found.simulatorAdminToken ?? secret(),
  };
  const complete = { ...found, ...secrets }; // fields of a newer release stay
  if (text === undefined || JSON.stringify(complete) !== JSON.stringify(found))
    writeFileDurably(path, `${JSON.stringify(complete, null, 2)}\n`);
  else chmodSync(path, 0o600); // an archive may have been unpacked with wider rights
  return secrets;
}

function parse(path: string, text: string): Partial<Secrets> {
  try {
    const found: unknown = JSON.parse(text);
    if (found !== null && typeof found === 'object' && !Array.isArray(found)) return found;
  } catch {
    // told below, without the text: it holds secrets
  }
  throw new Error(
    `${path} is damaged. Put it back from a backup; without it nothing encrypted can be read. To give that up and start anew, move it away.`,
  );
}
