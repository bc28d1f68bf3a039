// Secrets that a machine without configuration makes for itself, once, beside the database and never inside it.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { systemRandom } from '../lib/ids.ts';
import type { RandomBytes } from '../lib/ids.ts';
import { readIfExists, writeFileDurably } from '../lib/files.ts';

export interface Secrets {
  /** Signs tokens; base64url of 32 bytes. */
  secretKey: string;
  /** Former ones, the newest first: what they signed still counts. */
  formerSecretKeys?: string[];
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
  const path = pathIn(dir);
  const text = readIfExists(path);
  const found = text === undefined ? {} : parse(path, text);
  const secret = () => secretFrom(random);
  const secrets: Secrets = {
    secretKey: found.secretKey ?? secret(),
    encryptionKeys: found.encryptionKeys ?? [`k1:${secret()}`],
    simulatorAdminToken: found.simulatorAdminToken ?? secret(),
    ...(found.formerSecretKeys && { formerSecretKeys: found.formerSecretKeys }),
  };
  const complete = { ...found, ...secrets }; // fields of a newer release stay
  if (text === undefined || JSON.stringify(complete) !== JSON.stringify(found)) write(path, complete);
  else chmodSync(path, 0o600); // an archive may have been unpacked with wider rights
  return secrets;
}

/** What `secrets.json` of the data folder holds now, and nothing is made; undefined without the file. Throws as loadSecrets does. */
export function readSecrets(dir: string): Partial<Secrets> | undefined {
  const text = readIfExists(pathIn(dir));
  return text === undefined ? undefined : parse(pathIn(dir), text);
}

/** Puts a new key in front of the others, under the next free name such as `k2`, and gives all of them. The file must be there. */
export function addEncryptionKey(
  dir: string,
  { random = systemRandom }: { random?: RandomBytes } = {},
): string[] {
  const found = readSecrets(dir);
  if (!found?.encryptionKeys) throw new Error(`${pathIn(dir)} holds no keys yet: npm start makes them`);
  const numbers = found.encryptionKeys.map((pair) => Number(/^k(\d{1,9}):/.exec(pair)?.[1] ?? 0));
  const encryptionKeys = [`k${Math.max(...numbers) + 1}:${secretFrom(random)}`, ...found.encryptionKeys];
  write(pathIn(dir), { ...found, encryptionKeys });
  return encryptionKeys;
}

/** Former keys that are remembered. */
const maxFormerKeys = 3;

/** Puts a new signing key in the place of the present one, which stays good for what it signed. The file must be there. */
export function replaceSecretKey(
  dir: string,
  { random = systemRandom }: { random?: RandomBytes } = {},
): void {
  const found = readSecrets(dir);
  if (!found?.secretKey) throw new Error(`${pathIn(dir)} holds no keys yet: npm start makes them`);
  const formerSecretKeys = [found.secretKey, ...(found.formerSecretKeys ?? [])].slice(0, maxFormerKeys);
  write(pathIn(dir), { ...found, secretKey: secretFrom(random), formerSecretKeys });
}

const pathIn = (dir: string) => join(dir, 'secrets.json');
const secretFrom = (random: RandomBytes) => Buffer.from(random(32)).toString('base64url');
const write = (path: string, secrets: object) =>
  writeFileDurably(path, `${JSON.stringify(secrets, null, 2)}\n`);

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
