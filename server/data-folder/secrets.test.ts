import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addEncryptionKey, loadSecrets, readSecrets } from './secrets.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ftrader-secrets-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('secrets are made once, stay the same, and only their owner may read them', () => {
  const dir = folder();
  const first = loadSecrets(dir);
  chmodSync(join(dir, 'secrets.json'), 0o644);
  expect(loadSecrets(dir)).toEqual(first);
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(first.encryptionKeys).toEqual([expect.stringMatching(/^k1:[A-Za-z0-9_-]{43}$/)]);
  expect(new Set([first.secretKey, first.simulatorAdminToken, loadSecrets(folder()).secretKey]).size).toBe(3);
});

test('a secret that a newer release needs is added, and nothing else changes', () => {
  const dir = folder();
  writeFileSync(
    join(dir, 'secrets.json'),
    JSON.stringify({ secretKey: 'old', encryptionKeys: ['k2:b', 'k1:a'], later: 'kept' }),
  );
  const secrets = loadSecrets(dir);
  expect(secrets).toMatchObject({ secretKey: 'old', encryptionKeys: ['k2:b', 'k1:a'] });
  expect(JSON.parse(readFileSync(join(dir, 'secrets.json'), 'utf8'))).toEqual({ ...secrets, later: 'kept' });
});

test.each(['', '{"secretKey": "abc', '[]', 'null'])(
  'a damaged file (%j) stops the start, is not replaced and not shown',
  (text) => {
    const dir = folder();
    writeFileSync(join(dir, 'secrets.json'), text);
    expect(() => loadSecrets(dir)).toThrow(/is damaged\. Put it back from a backup(?!.*abc)/);
    expect(readFileSync(join(dir, 'secrets.json'), 'utf8')).toBe(text);
  },
);

test('a new encryption key comes first, under a name of its own, and all else stays; without a file none is made', () => {
  const dir = folder();
  expect(readSecrets(dir)).toBeUndefined();
  expect(() => addEncryptionKey(dir)).toThrow('holds no keys yet');
  const before = loadSecrets(dir);
  addEncryptionKey(dir);
  const keys = addEncryptionKey(dir);
  expect(keys.map((pair) => pair.split(':')[0])).toEqual(['k3', 'k2', 'k1']);
  expect(loadSecrets(dir)).toEqual({ ...before, encryptionKeys: keys });
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
});
