import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTextFile, UnreadableText } from './text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ftrader-text-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (bytes: Buffer) => {
  const path = join(folder, 'text');
  writeFileSync(path, bytes);
  return path;
};
const text = 'NODE_ENV=production\nNAME=Zoë €\n';
const utf16be = (of: string) => Buffer.from(of, 'utf16le').swap16();

test.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little end first', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, big end first', utf16be(`\uFEFF${text}`)],
  ['lines that end as on Windows', Buffer.from(text.replaceAll('\n', '\r\n'))],
  ['lines that end as on old Macs', Buffer.from(text.replaceAll('\n', '\r'))],
])('%s is read whole', (_what, bytes) => expect(readTextFile(file(bytes))).toBe(text));

test.each([
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le')],
  ['Latin-1', Buffer.from('NAME=Zoë', 'latin1')],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])],
  ['half a letter of UTF-16', Buffer.from([0xff, 0xfe, 0x41])],
])('%s is refused, by its name and with what to do', (_what, bytes) => {
  const path = file(bytes);
  expect(() => readTextFile(path)).toThrow(UnreadableText);
  expect(() => readTextFile(path)).toThrow(`${path} is not text in UTF-8. Save it again`);
});
