// Secrets that a test plants, and where they turned up: searched for as they are and in every form that programs write a text in.
import { createHash } from 'node:crypto';
import type { Ids } from '../lib/ids.ts';

/** What a leak looks like: which canary, in which form, and where. */
export interface Leak {
  canary: string;
  form: string;
  where: string;
}

const shortest = 12;
const html = (text: string) =>
  text.replaceAll(
    /[&<>"']/g,
    (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[char]!};`,
  );
/** The part of the base64 of a text that holds `bytes` which does not depend on what stands before and after it, at each of the three places. */
const base64 = (bytes: Buffer) =>
  [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return whole.slice(Math.ceil((offset * 8) / 6), -1);
  });

/** Every form of `text` that is searched for. */
function formsOf(text: string): [form: string, written: string][] {
  const bytes = Buffer.from(text);
  const json = JSON.stringify(text).slice(1, -1);
  return [
    ['as it is', text],
    ['in JSON', json],
    ['in JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['in a URL', encodeURIComponent(text)],
    ['in a form', new URLSearchParams({ text }).toString().slice('text='.length)],
    ['in HTML', html(text)],
    ['in hex', bytes.toString('hex')],
    ...base64(bytes).map((written): [string, string] => ['in base64', written]),
    ...base64(bytes).map((written): [string, string] => [
      'in base64url',
      written.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
}

export function createCanaries(planted: Record<string, string>) {
  const canaries = new Map(Object.entries(planted));
  const places = new Map<string, string>();
  return {
    add: (name: string, text: string) => void canaries.set(name, text),
    /** How many there are. */
    count: () => canaries.size,
    /** Adds `text` to what was written to a place. */
    wrote(where: string, text: string) {
      places.set(where, (places.get(where) ?? '') + text);
    },
    /** What was written to the places so far: nothing found in nothing proves nothing. */
    textOf: (where: string) => places.get(where) ?? '',
    find(): Leak[] {
      return [...canaries].flatMap(([canary, text]) => {
        if (text.length < shortest) throw new Error(`${canary} is too short to be told from chance`);
        return formsOf(text).flatMap(([form, written]) =>
          [...places].flatMap(([where, all]) => (all.includes(written) ? [{ canary, form, where }] : [])),
        );
      });
    },
  };
}
export type Canaries = ReturnType<typeof createCanaries>;

/** Ids whose secrets, which a simulator makes its tokens of, are canaries, and so is what it makes of them. */
export function canaryIds(ids: Ids, canaries: Canaries): Ids {
  let n = 0;
  return {
    ...ids,
    secret() {
      const secret = `CANARY-token-${++n}-${ids.secret()}`;
      canaries.add(`OAuth token ${n}`, secret);
      canaries.add(`security token ${n}`, createHash('sha256').update(secret).digest('hex').toUpperCase());
      return secret;
    },
  };
}
