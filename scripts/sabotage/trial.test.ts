// The runner on a made-up project of one function: what is red, green, skipped, never run and endless is told apart.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPatch, copyTree, runReds, type Copy, type Finding } from './trial.ts';

const files: Record<string, string> = {
  '.gitignore': 'node_modules\n*.patch\n',
  'double.mjs': 'export function double(n) {\n  return 2 * n;\n}\n',
  'double.test.mjs': `
    import { describe, expect, test } from 'vitest';
    import { double } from './double.mjs';
    describe('a number', () => {
      test('is (doubled) once', () => expect(double(3)).toBe(6));
      test('of nothing is nothing', () => expect(double(0)).toBe(0));
      test.skip('of a size that is not here', () => {});
    });`,
  'vitest.config.mjs': "export default { test: { include: ['*.test.mjs'], pool: 'forks' } };\n",
};
const patchOf = (line: string) =>
  `Breaks: it\n\n--- a/double.mjs\n+++ b/double.mjs\n@@ -1,3 +1,3 @@\n export function double(n) {\n-  return 2 * n;\n+  ${line}\n }\n`;
const ample = 60_000;

let project: string;
let copy: Copy;
beforeAll(() => {
  project = mkdtempSync(path.join(realpathSync(tmpdir()), 'sabotage-project-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(project, name), text);
  symlinkSync(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    path.join(project, 'node_modules'),
    'junction',
  );
  execFileSync('git', ['init', '--quiet'], { cwd: project });
  copy = copyTree(project);
});
afterAll(() => {
  copy.remove();
  rmSync(project, { recursive: true });
});

/** What the named tests say while `line` stands in the function; it is taken back after. */
async function under(line: string | undefined, titles: string[], limitMs = ample): Promise<Finding[]> {
  const patch = path.join(project, 'tried.patch');
  if (line !== undefined) {
    writeFileSync(patch, patchOf(line));
    expect(applyPatch(copy.dir, patch, 'apply')).toBeUndefined();
  }
  try {
    const reds = titles.map((title) => ({ file: 'double.test.mjs', title }));
    return await runReds(copy.dir, reds, { limitMs, config: 'vitest.config.mjs' });
  } finally {
    if (line !== undefined) expect(applyPatch(copy.dir, patch, 'take back')).toBeUndefined();
  }
}

test(
  'unharmed its tests are green, one that is skipped is said to be, and a title nobody bears is no pass',
  { timeout: ample },
  async () => {
    expect(
      await under(undefined, ['is (doubled)', 'nothing is nothing', 'a size that is not here', 'is tripled']),
    ).toMatchObject([{ is: 'green' }, { is: 'green' }, { is: 'skipped' }, { is: 'not run' }]);
  },
);

test(
  'a patch that breaks it turns the named test red, and one that it does not notice leaves it green',
  { timeout: ample },
  async () => {
    expect(await under('return 3 * n;', ['is (doubled)'])).toEqual([
      { is: 'red', test: 'a number is (doubled) once' },
    ]);
    expect(await under('return 3 * n;', ['of nothing is nothing'])).toEqual([{ is: 'green' }]);
    expect(readFileSync(path.join(copy.dir, 'double.mjs'), 'utf8')).toBe(files['double.mjs']);
  },
);

test('a patch under which nothing can be loaded proves nothing', { timeout: ample }, async () => {
  expect(await under('return (', ['is (doubled)'])).toMatchObject([{ is: 'not run' }]);
});

test(
  'a process that ends under its tests is red; one that goes on for ever is ended at the limit, and is not',
  { timeout: ample },
  async () => {
    expect(await under("process.kill(process.pid, 'SIGKILL');", ['is (doubled)'])).toMatchObject([
      { is: 'red' },
    ]);
    expect(await under('for (;;);', ['is (doubled)'], 4_000)).toEqual([{ is: 'too slow' }]);
  },
);

test('a patch that does not apply says why, in git’s words, and changes nothing', () => {
  const patch = path.join(project, 'stale.patch');
  writeFileSync(patch, patchOf('return 3 * n;').replace('2 * n', 'n + n'));
  for (const how of ['ask', 'apply'] as const)
    expect(applyPatch(copy.dir, patch, how)).toContain('patch failed: double.mjs:1');
  expect(readFileSync(path.join(copy.dir, 'double.mjs'), 'utf8')).toBe(files['double.mjs']);
});
