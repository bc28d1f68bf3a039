import { expect, test } from 'vitest';
import { createSealer } from './seal.ts';

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
