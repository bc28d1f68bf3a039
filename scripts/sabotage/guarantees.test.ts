import { expect, test } from 'vitest';
import { problemsOf, readGuarantees, readSabotage, type Tree } from './guarantees.ts';

const table = (...rows: string[]) =>
  ['| # | promise | proved by | broken by |', '|---|---|---|---|', ...rows].join('\n');
const sound =
  '| 7 | It holds | `a.test.ts`, `b.test.ts` (the rest) | [letting go](scripts/sabotage/07-lets-go.patch); a storm |';
const patch = `Breaks: letting go
Red: a.test.ts > holds on

--- a/lib.ts
+++ b/lib.ts
@@ -1 +1 @@
-Red: lib.ts > not of the header
+export const hold = false;
`;

/** A tree in which row 7 is as it should be, but for `files`. */
function treeOf(files: Record<string, string | undefined> = {}, refusal?: string): Tree {
  const all: Record<string, string | undefined> = {
    'a.test.ts': "test('it holds on, whatever comes', () => {});",
    'b.test.ts': '',
    'scripts/sabotage/07-lets-go.patch': patch,
    ...files,
  };
  return {
    textOf: (file) => all[file],
    patches: Object.keys(all).filter((file) => file.endsWith('.patch') && all[file] !== undefined),
    refusalOf: () => refusal,
  };
}
const problems = (markdown: string, tree = treeOf()) => problemsOf(readGuarantees(markdown), tree);

test('a row is read with its test files and the patches its "broken by" links; a header ends where the patch begins', () => {
  expect(readGuarantees(table(sound))).toEqual([
    {
      row: 7,
      provedBy: ['a.test.ts', 'b.test.ts'],
      breakers: [{ words: 'letting go', patch: 'scripts/sabotage/07-lets-go.patch' }],
    },
  ]);
  expect(readSabotage(patch)).toEqual({
    breaks: 'letting go',
    reds: [{ file: 'a.test.ts', title: 'holds on' }],
  });
});

test('a table and its patches that belong together have no problem', () => {
  expect(problems(table(sound))).toEqual([]);
});

const unlinked = sound.replace(/\[letting go\]\([^)]+\)/, 'letting go');
test.each<[string, string, Tree, string[]]>([
  [
    'a row without a patch, and a patch without a row',
    table(unlinked),
    treeOf(),
    ['row 7 has no patch', '07-lets-go.patch is named by no row'],
  ],
  [
    'a patch that does not apply any more',
    table(sound),
    treeOf({}, 'error: patch failed: lib.ts:1'),
    ['does not apply any more: error: patch failed: lib.ts:1'],
  ],
  [
    'a patch that is not there',
    table(sound),
    treeOf({ 'scripts/sabotage/07-lets-go.patch': undefined }),
    ['links scripts/sabotage/07-lets-go.patch, and there is no such file'],
  ],
  [
    'a red test that the row does not name',
    table(sound.replace('`a.test.ts`, ', '')),
    treeOf(),
    ['row 7 does not name a.test.ts in its "proved by"'],
  ],
  [
    'a red test that was renamed',
    table(sound),
    treeOf({ 'a.test.ts': "test('it lets go', () => {});" }),
    ['no test of a.test.ts bears the title "holds on"'],
  ],
  [
    'a test file that is gone',
    table(sound),
    treeOf({ 'b.test.ts': undefined }),
    ['row 7 is proved by b.test.ts, and there is no such file'],
  ],
  [
    'a patch that names no test',
    table(sound),
    treeOf({ 'scripts/sabotage/07-lets-go.patch': patch.replace(/^Red: a.*\n/m, '') }),
    ['whose header names no test'],
  ],
  [
    'a patch that says it breaks something else',
    table(sound.replace('letting go', 'looking away')),
    treeOf(),
    ['its header must say "Breaks: looking away"'],
  ],
  [
    'a patch of another row',
    table(sound.replace('| 7 |', '| 8 |')),
    treeOf(),
    ['row 8 links scripts/sabotage/07-lets-go.patch: name it 08-….patch'],
  ],
  ['a table that cannot be read', 'nothing', treeOf(), ['has no row that can be read', 'named by no row']],
])('%s is a problem that says what to change', (_what, markdown, tree, said) => {
  expect(problems(markdown, tree)).toEqual(said.map((part) => expect.stringContaining(part)));
});

test('a title may be that of a contract which the file runs', () => {
  const files = { 'a.test.ts': "import { contract } from './the.contract.ts';" };
  expect(problems(table(sound), treeOf({ ...files, 'the.contract.ts': "test('it holds on')" }))).toEqual([]);
  expect(problems(table(sound), treeOf({ ...files, 'the.contract.ts': '' }))).toHaveLength(1);
});
