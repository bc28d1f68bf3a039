// Text encrypted at rest: AES-256-GCM under named keys, so that keys can be replaced. Knows nothing of what it seals.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { systemRandom, type RandomBytes } from './ids.ts';

export interface Sealer {
  /** `name.iv.ciphertext` (base64url) under the newest key. `place` names where it will lie; it opens nowhere else. */
  seal(text: string, place: string): string;
  /** The text again. Throws when the key is gone, the place differs or a byte was changed. */
  open(sealed: string, place: string): string;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** `keys` are `name:base64` pairs, the newest first: it seals, all of them open. Throws on a key that is not 32 bytes. */
export function createSealer(keys: readonly string[], random: RandomBytes = systemRandom): Sealer {
  const byName = new Map(
    keys.map((pair) => {
      const [name = '', encoded = ''] = pair.split(':');
      const key = Buffer.from(encoded, 'base64');
      if (!/^[A-Za-z0-9_-]+$/.test(name) || key.length !== keyBytes)
        throw new Error(`the encryption key "${name}" is not ${keyBytes} bytes in base64`);
      return [name, key] as const;
    }),
  );
  const newest = byName.entries().next().value;
  if (!newest) throw new Error('at least one encryption key is needed');
  const authenticated = (name: string, place: string) => Buffer.from(`${name}\n${place}`);
  return {
    seal(text, place) {
      const [name, key] = newest;
      const iv = random(ivBytes);
      const cipher = createCipheriv(algorithm, key, iv).setAAD(authenticated(name, place));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [name, Buffer.from(iv).toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open(sealed, place) {
      const [name = '', iv = '', body = ''] = sealed.split('.');
      const key = byName.get(name);
      if (!key) throw new Error(`there is no encryption key named "${name}"`);
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
