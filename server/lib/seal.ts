// Text encrypted at rest: AES-256-GCM under named keys, so that keys can be replaced. Knows nothing of what it seals.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { systemRandom, type RandomBytes } from './ids.ts';

export interface Sealer {
  /** `name.iv.ciphertext` (base64url) under the newest key. `place` names where it will lie; it opens nowhere else. */
  seal(text: string, place: string): string;
  /** The text again. Throws when the key is gone, the place differs or a byte was changed. */
  open(sealed: string, place: string): string;
}

/** A sealer whose keys may become more while it is used. */
export interface Keyring extends Sealer {
  /** The name of the key that seals. */
  readonly newest: string;
  /** The newest first. */
  names(): string[];
  /** Tells two keys of the same name apart, and nothing of what they are; undefined for a name that is not known. */
  fingerprint(name: string): string | undefined;
  /** Reads the keys again: new ones are learned, the first seals from now on, and those that are gone still open. */
  look(): void;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
/** Rows name a handful of keys at most; beyond, a name is looked for each time. */
const maxMissing = 100;

/** The name of the key that a text is sealed under. */
export const keyNameOf = (sealed: string): string => sealed.split('.', 1)[0]!;

function parseKey(pair: string): readonly [string, Buffer] {
  const [name = '', encoded = ''] = pair.split(':');
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9_-]+$/.test(name) || key.length !== keyBytes)
    throw new Error(`the encryption key "${name}" is not ${keyBytes} bytes in base64`);
  return [name, key];
}
const authenticated = (name: string, place: string) => Buffer.from(`${name}\n${place}`);

/**
 * `read` gives `name:base64` pairs, the newest first: it seals, all of them open. It is asked again by `look`, and once for a name
 * that is not known. Throws on a key that is not 32 bytes; what is wrong later changes nothing.
 */
export function createKeyring(read: () => readonly string[], random: RandomBytes = systemRandom): Keyring {
  const byName = new Map<string, Buffer>();
  /** Names that were asked for and are nowhere: not looked for again until somebody says that there is news. */
  const missing = new Set<string>();
  let newest = '';
  function learn(pairs: readonly string[]) {
    const keys = pairs.map(parseKey);
    if (!keys[0]) throw new Error('at least one encryption key is needed');
    const before = new Map(byName);
    byName.clear(); // and filled in the new order; a name means one key as long as this process lives
    for (const [name, key] of [...keys, ...before])
      byName.set(name, before.get(name) ?? byName.get(name) ?? key);
    newest = keys[0][0];
  }
  function look() {
    missing.clear();
    try {
      learn(read());
    } catch {
      // Half-written, or gone: what is known is still right.
    }
  }
  function keyOf(name: string): Buffer {
    if (!byName.has(name) && !missing.has(name)) look();
    const key = byName.get(name);
    if (key) return key;
    if (missing.size < maxMissing) missing.add(name);
    throw new Error(`there is no encryption key named "${name}"`);
  }
  learn(read());
  return {
    get newest() {
      return newest;
    },
    names: () => [...byName.keys()],
    fingerprint(name) {
      const key = byName.get(name);
      return key && createHmac('sha256', key).update('which key').digest('base64url').slice(0, 12);
    },
    look,
    seal(text, place) {
      const iv = random(ivBytes);
      const cipher = createCipheriv(algorithm, byName.get(newest)!, iv).setAAD(authenticated(newest, place));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [newest, Buffer.from(iv).toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open(sealed, place) {
      const [name = '', iv = '', body = ''] = sealed.split('.');
      const key = keyOf(name);
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64url'), {
        authTagLength: tagBytes,
      }).setAAD(authenticated(name, place));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString(
        'utf8',
      );
    },
  };
}

/** The same with keys that stay as they are. */
export const createSealer = (keys: readonly string[]): Sealer => createKeyring(() => keys);
