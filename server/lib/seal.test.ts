import { expect, test } from 'vitest';
import { createKeyring, createSealer, keyNameOf } from './seal.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const sealer = createSealer([`new:${key(2)}`, `old:${key(1)}`]);

test('what is sealed opens again, and its text is nowhere in the sealed form', () => {
  const sealed = sealer.seal('secret £ token', 'table:row');
  expect(sealed).toMatch(/^new\./);
  expect(Buffer.from(sealed.split('.')[2]!, 'base64url').includes('secret')).toBe(false);
  expect(sealer.open(sealed, 'table:row')).toBe('secret £ token');
});
test('the same text sealed twice is not the same', () => {
  expect(sealer.seal('x', 'p')).not.toBe(sealer.seal('x', 'p'));
});
test('a text sealed under an older key still opens', () => {
  expect(sealer.open(createSealer([`old:${key(1)}`]).seal('x', 'p'), 'p')).toBe('x');
});
test.each([
  ['moved to another row', (sealed: string) => sealer.open(sealed, 'table:other')],
  [
    'changed by one byte',
    (sealed: string) =>
      sealer.open(sealed.slice(0, -2) + (sealed.at(-2) === 'A' ? 'B' : 'A') + sealed.at(-1), 'table:row'),
  ],
  ['cut short', (sealed: string) => sealer.open(sealed.slice(0, -8), 'table:row')],
  ['of a key that is gone', (sealed: string) => createSealer([`old:${key(1)}`]).open(sealed, 'table:row')],
])('a sealed text %s does not open', (_case, open) => {
  expect(() => open(sealer.seal('a longer secret text', 'table:row'))).toThrow();
});
test.each([[[]], [['short:AAAA']], [['noname']]])('keys %j are refused', (keys) => {
  expect(() => createSealer(keys)).toThrow();
});

test('a key that is added later opens what is sealed under it, and seals once there was a look; what is known already stays what it is', () => {
  let keys = [`old:${key(1)}`];
  const ring = createKeyring(() => keys);
  const before = ring.fingerprint('old');
  const added = [`new:${key(2)}`, `old:${key(9)}`];
  expect(() => ring.open(sealer.seal('x', 'p'), 'p')).toThrow('no encryption key named "new"');
  keys = added;
  ring.look();
  expect(ring.open(sealer.seal('x', 'p'), 'p')).toBe('x');
  expect([ring.newest, ...ring.names(), keyNameOf(ring.seal('y', 'p'))]).toEqual([
    'new',
    'new',
    'old',
    'new',
  ]);
  expect([ring.fingerprint('old'), ring.fingerprint('none')]).toEqual([before, undefined]);
  for (const wrong of [[], ['short:AAAA']]) {
    keys = wrong;
    ring.look();
    expect(ring.newest).toBe('new');
  }
});
test('a text under a key that this process has not met makes it look for the key', () => {
  const all = [[`old:${key(1)}`], [`new:${key(2)}`, `old:${key(1)}`]];
  const ring = createKeyring(() => (all.length > 1 ? all.shift()! : all[0]!));
  expect(ring.open(sealer.seal('x', 'p'), 'p')).toBe('x');
});
