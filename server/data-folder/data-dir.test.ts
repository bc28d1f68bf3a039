import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prepareDataDir, resolveDataDir } from './data-dir.ts';

const asRoot = process.getuid?.() === 0;

function folder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ftrader-dir-')));
  chmodSync(dir, 0o755);
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('the data folder is .data in the checkout, or the configured one relative to it', () => {
  const checkout = folder();
  expect(resolveDataDir({ checkout })).toEqual({ dir: join(checkout, '.data') });
  expect(resolveDataDir({ checkout, configured: 'elsewhere' })).toEqual({ dir: join(checkout, 'elsewhere') });
  expect(resolveDataDir({ checkout: '/nowhere', configured: checkout })).toEqual({ dir: checkout });
});

test.runIf(asRoot)(
  'as root below a closed home it moves below /var/lib, always to the same place, and says why',
  () => {
    const home = folder();
    chmodSync(home, 0o700);
    const [one, two] = [join(home, 'one'), join(home, 'two')];
    for (const each of [one, two]) mkdirSync(each);
    const first = resolveDataDir({ checkout: one });
    expect(first.dir).toMatch(/^\/var\/lib\/ftrader\/[0-9a-f]{16}$/);
    expect(first.reason).toMatch(new RegExp(`refuses to run as root, and \\w+ may not enter ${one}$`));
    expect(resolveDataDir({ checkout: one })).toEqual(first);
    expect(resolveDataDir({ checkout: two }).dir).not.toBe(first.dir);
  },
);

test.runIf(asRoot)(
  'as root a folder that cannot be made is an error in words as for everybody, and is not moved below /var/lib',
  () => {
    const home = folder();
    writeFileSync(join(home, 'file'), '');
    chmodSync(home, 0o700);
    for (const [configured, why] of [
      [join(home, 'file/below'), 'cannot be made: a file is in its way'],
      [join(home, 'file/deep/below'), 'cannot be made: a file is in its way'],
      [join(home, 'file'), 'is a file'],
      [join(home, 'x'.repeat(300)), 'cannot be made: its name is too long'],
      ['/etc/passwd/x', 'cannot be made: a file is in its way'],
    ] as const) {
      const found = resolveDataDir({ checkout: home, configured });
      expect(found).toEqual({ dir: configured });
      expect(() => prepareDataDir(found.dir)).toThrow(`${configured} ${why}`);
    }
  },
);

test('the folder is made whatever the umask, and others cannot list it', () => {
  const top = folder();
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const dir = prepareDataDir(join(top, 'deep/er'));
  expect(statSync(dir).mode & 0o777).toBe(asRoot ? 0o711 : 0o700);
});

test('a folder that cannot be made is an error in words, also where the system takes none', () => {
  const top = folder();
  const file = join(top, 'file');
  writeFileSync(file, '');
  for (const [dir, why] of [
    [join(file, 'below'), 'cannot be made: a file is in its way'],
    [file, 'is a file. Move it away'],
    // `mkdirSync` with `recursive` never comes back from here.
    ...(process.platform === 'linux'
      ? [['/proc/ftrader', 'cannot be made: the system takes no folder there']]
      : []),
  ] as const)
    expect(() => prepareDataDir(dir!)).toThrow(
      new RegExp(`^${dir} ${why}.*hoose another folder: DATA_DIR=/another/folder$`),
    );
});
