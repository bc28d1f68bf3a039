import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { missingTests, namedTests, securityDoc, withScopeTable } from './security-doc.ts';

const markdown = readFileSync(securityDoc, 'utf8');
const root = path.dirname(securityDoc);

test('every test that SECURITY.md names is there, under that title', () => {
  expect(namedTests(markdown).length).toBeGreaterThan(80);
  expect(namedTests(markdown).filter(({ title }) => title === '')).toEqual([]);
  const textOf = (file: string) => {
    const at = path.join(root, file);
    return existsSync(at) ? readFileSync(at, 'utf8') : undefined;
  };
  expect(missingTests(markdown, textOf)).toEqual([]);
});

test('the table of scopes in SECURITY.md is that of the router: node scripts/security-doc.ts writes it', () => {
  expect(withScopeTable(markdown)).toBe(markdown);
});

test('a test that is named and is not there is found: its file, its title, or the beginning of one', () => {
  const textOf = (file: string) => (file === 'a.test.ts' ? `test('it is so, always', () => {})` : undefined);
  expect(missingTests('`a.test.ts`: “it is so, always”, “it is so…”', textOf)).toEqual([]);
  expect(missingTests('`a.test.ts`: “it is so”, “is so…” and `b.test.ts`: “it”', textOf)).toEqual([
    'a.test.ts: it is so',
    'a.test.ts: is so…',
    'b.test.ts: it',
  ]);
});
