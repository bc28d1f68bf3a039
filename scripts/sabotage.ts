// `npm run sabotage [-- ROW…]`: breaks each guarantee in a copy of the tree, by the patch its row names, and sees the named tests go red.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand, UsageError } from './command.ts';
import { patchFolder, problemsOf, readGuarantees, readSabotage, type Red } from './sabotage/guarantees.ts';
import { applyPatch, copyTree, runReds, type Finding } from './sabotage/trial.ts';

const root = path.resolve(import.meta.dirname, '..');
const config = 'server/testing/vitest.config.ts';
/** For the tests of one patch, the start of their database with them. */
const limitMs = 180_000;
/** For all named tests at once, on the tree as it is. */
const unharmedLimitMs = 900_000;

interface Trial {
  row: number;
  patch: string;
  red: Red;
}
interface Result extends Trial {
  finding: Finding;
  seconds: number;
}

const textOf = (file: string) => {
  const place = path.join(root, file);
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
};

function readTable() {
  const guarantees = readGuarantees(textOf('GUARANTEES.md') ?? '');
  const patches = readdirSync(path.join(root, patchFolder))
    .filter((name) => name.endsWith('.patch'))
    .map((name) => `${patchFolder}/${name}`);
  const refusalOf = (patch: string) => applyPatch(root, path.join(root, patch), 'ask');
  return { guarantees, problems: problemsOf(guarantees, { textOf, patches, refusalOf }) };
}

/** Whether a finding, after `patch`, is what it should be. What is skipped here for want of a requirement is no failure: FTRADER_REQUIRE makes it one. */
const isWell = ({ is }: Finding) => is === 'red' || is === 'skipped';
const wordsOf = (finding: Finding): string =>
  finding.is === 'red'
    ? `red: ${finding.test}`
    : finding.is === 'not run'
      ? `NOT RUN: ${finding.why}`
      : finding.is === 'skipped'
        ? 'skipped: what it needs is not here'
        : finding.is === 'too slow'
          ? `TOO SLOW: neither red nor green in ${limitMs / 1000} s`
          : 'STAYED GREEN';
const lineOf = ({ row, patch, red, finding, seconds }: Result) =>
  `${isWell(finding) ? '✔' : '✘'} ${String(row).padStart(2)}  ${path.basename(patch).padEnd(44)} ${seconds.toFixed(0).padStart(4)} s  ${wordsOf(finding)}  (${red.file})`;

/** Ctrl-C ends what is running, and the copy is removed. */
const interrupted = new AbortController();
const { signal } = interrupted;
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

await runCommand({
  name: 'sabotage',
  about:
    'Applies the patches that GUARANTEES.md names, one after the other, to a copy of the tree: the tests they name must go red.',
  arguments: '[ROW…]',
  flags: { check: { type: 'boolean', about: 'only see whether every row has a patch that applies' } },
  async run({ values, arguments: asked, json }) {
    const { guarantees, problems } = readTable();
    if (problems.length > 0) throw new Error(problems.join('\n'));
    if (values.check) return json ? console.log(JSON.stringify({ ok: true })) : undefined;
    const unknown = asked.filter((row) => !guarantees.some((each) => String(each.row) === row));
    if (unknown.length > 0) throw new UsageError(`GUARANTEES.md has no row ${unknown.join(', ')}`);
    const trials = guarantees
      .filter(({ row }) => asked.length === 0 || asked.includes(String(row)))
      .flatMap(({ row, breakers }) =>
        breakers.flatMap(({ patch }) =>
          readSabotage(textOf(patch)!).reds.map((red): Trial => ({ row, patch, red })),
        ),
      );
    const results = await tryAll(trials, (result) => json || console.log(lineOf(result)));
    if (signal.aborted) throw new Error('interrupted');
    const failed = results.filter(({ finding }) => !isWell(finding));
    if (json) console.log(JSON.stringify({ ok: failed.length === 0, results }));
    else
      console.log(
        failed.length === 0
          ? `Every one of ${results.length} sabotages was seen.`
          : `${failed.length} of ${results.length} sabotages were not seen.`,
      );
    return failed.length === 0 ? 0 : 1;
  },
});

/** First all of them unharmed, since a test that is red anyway proves nothing; then patch by patch. */
async function tryAll(trials: readonly Trial[], onResult: (result: Result) => void): Promise<Result[]> {
  const copy = copyTree(root);
  const results: Result[] = [];
  try {
    const reds = trials.map(({ red }) => red);
    const unharmed = await runReds(copy.dir, reds, { limitMs: unharmedLimitMs, config, signal });
    for (const [index, trial] of trials.entries()) {
      const begun = performance.now();
      const finding = await tryOne(copy.dir, trial, unharmed[index]!);
      if (signal.aborted) break;
      const result = { ...trial, finding, seconds: (performance.now() - begun) / 1000 };
      onResult(result);
      results.push(result);
    }
    return results;
  } finally {
    copy.remove();
  }
}

async function runAlone(dir: string, red: Red): Promise<Finding> {
  const [finding] = await runReds(dir, [red], { limitMs, config, bail: true, signal });
  return finding!;
}

async function tryOne(dir: string, { patch, red }: Trial, amongAll: Finding): Promise<Finding> {
  // All at once load the machine, and some tests know how long they may take.
  const unharmed = amongAll.is === 'red' || amongAll.is === 'too slow' ? await runAlone(dir, red) : amongAll;
  if (unharmed.is === 'red')
    return { is: 'not run', why: `without the patch it fails as well: ${unharmed.test}` };
  if (unharmed.is !== 'green') return unharmed;
  const place = path.join(dir, patch); // as it was when the run began
  const refusal = applyPatch(dir, place, 'apply');
  if (refusal !== undefined) return { is: 'not run', why: refusal };
  try {
    return await runAlone(dir, red);
  } finally {
    applyPatch(dir, place, 'take back');
  }
}
