// GUARANTEES.md and its patches as data: which row is broken by which patch, which test must then go red, and what is wrong with that. Pure.

/** One row of the table. */
export interface Guarantee {
  row: number;
  /** Test files, from the root of the project. */
  provedBy: string[];
  /** The linked words of its "broken by", with the patch they lead to. */
  breakers: { words: string; patch: string }[];
}
/** A test that must fail: its file, and a part of its full title. */
export interface Red {
  file: string;
  title: string;
}
/** The header of a patch: lines that `git apply` passes over. */
export interface Sabotage {
  breaks: string | undefined;
  reds: Red[];
}

/** Where patches lie, as GUARANTEES.md links them. */
export const patchFolder = 'scripts/sabotage';

export const readGuarantees = (markdown: string): Guarantee[] =>
  [...markdown.matchAll(/^\| *(\d+) *\|(.*)\|(.*)\|(.*)\|$/gm)].map(
    ([, row, , provedBy = '', brokenBy = '']) => ({
      row: Number(row),
      provedBy: [...provedBy.matchAll(/`([^`\s]+\.ts)`/g)].map(([, file]) => file!),
      breakers: [...brokenBy.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, words, patch]) => ({
        words: words!,
        patch: patch!,
      })),
    }),
  );

/** `Breaks: WORDS` and one or more `Red: FILE > PART OF A TITLE`, before the first file of the patch. */
export function readSabotage(patch: string): Sabotage {
  const header = patch.split(/^(?:diff|---) /m)[0]!;
  return {
    breaks: /^Breaks: (.+)$/m.exec(header)?.[1],
    reds: [...header.matchAll(/^Red: (\S+) > (.+)$/gm)].map(([, file, title]) => ({
      file: file!,
      title: title!,
    })),
  };
}

export interface Tree {
  /** The text of a file, from the root of the project; undefined when there is none. */
  textOf(file: string): string | undefined;
  /** Every patch there is, by its path from the root. */
  patches: readonly string[];
  /** Why a patch does not apply, in git's words; undefined when it does. */
  refusalOf(patch: string): string | undefined;
}

/** What keeps the table and the patches from belonging together, one sentence each, with what to change. */
export function problemsOf(guarantees: readonly Guarantee[], tree: Tree): string[] {
  const named = new Set(guarantees.flatMap(({ breakers }) => breakers.map(({ patch }) => patch)));
  return [
    ...(guarantees.length === 0 ? ['GUARANTEES.md has no row that can be read: | 1 | … | … | … |'] : []),
    ...guarantees.flatMap((guarantee) => problemsOfRow(guarantee, tree)),
    ...tree.patches
      .filter((patch) => !named.has(patch))
      .map((patch) => `${patch} is named by no row: link it in a "broken by", or remove it`),
  ];
}

function problemsOfRow(guarantee: Guarantee, tree: Tree): string[] {
  const { row, provedBy, breakers } = guarantee;
  const missing = provedBy.filter((file) => tree.textOf(file) === undefined);
  const problems = [
    ...(provedBy.length === 0 ? ['names no test file in its "proved by"'] : []),
    ...missing.map((file) => `is proved by ${file}, and there is no such file`),
    ...(breakers.length === 0
      ? [`has no patch: link one in its "broken by", [the fault](${patchFolder}/${pad(row)}-the-fault.patch)`]
      : []),
    ...breakers.flatMap((breaker) => problemsOfPatch(guarantee, breaker, tree)),
  ];
  return problems.map((problem) => `row ${row} ${problem}`);
}

function problemsOfPatch(
  { row, provedBy }: Guarantee,
  { words, patch }: Guarantee['breakers'][number],
  tree: Tree,
): string[] {
  const text = tree.textOf(patch);
  if (text === undefined) return [`links ${patch}, and there is no such file`];
  const { breaks, reds } = readSabotage(text);
  const refusal = tree.refusalOf(patch);
  return [
    ...(patch.startsWith(`${patchFolder}/${pad(row)}-`)
      ? []
      : [`links ${patch}: name it ${pad(row)}-….patch`]),
    ...(breaks === words ? [] : [`calls ${patch} "${words}": its header must say "Breaks: ${words}"`]),
    ...(reds.length > 0 ? [] : [`links ${patch}, whose header names no test: "Red: FILE > PART OF A TITLE"`]),
    ...reds.flatMap(({ file, title }) =>
      !provedBy.includes(file)
        ? [`does not name ${file} in its "proved by", which is to go red under ${patch}`]
        : titleIsIn(file, title, tree)
          ? []
          : [`links ${patch}, and no test of ${file} bears the title "${title}"`],
    ),
    ...(refusal === undefined ? [] : [`links ${patch}, which does not apply any more: ${refusal}`]),
  ];
}

/** In the file, or in one that it imports: a contract that several run. */
function titleIsIn(file: string, title: string, { textOf }: Tree): boolean {
  const text = textOf(file);
  if (text === undefined) return true; // said already
  const folder = new URL(file, 'file:///');
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, path]) =>
    new URL(path!, folder).pathname.slice(1),
  );
  return [file, ...imported].some((each) => textOf(each)?.includes(title));
}

const pad = (row: number) => String(row).padStart(2, '0');
