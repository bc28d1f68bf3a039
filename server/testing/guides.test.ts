// Every Markdown file as its readers use it: each code block is run, or stands in one table with the reason why not; each link leads somewhere.
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { codeBlocks, runGuide, type CodeBlock } from './guide.ts';
import { projectRoot } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';

const files = globSync(['*.md', 'docs/*.md', 'client/*.md', 'examples/*/*.md'], { cwd: projectRoot }).sort();
const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');

/** The guides whose blocks run here, in their order, except those that the table below names. */
const runHere = ['docs/typescript.md', 'docs/python-and-shell.md', 'docs/running.md'];
const runnable = ['sh', 'python', 'ts'];

/** Blocks that do not run here: of a file, in a language, with a text in them; and the test that runs them, or why none does. */
type Row = { file: string; language: string; having?: string } & ({ ranBy: string } | { notRun: string });
const elsewhere: readonly Row[] = [
  { file: 'README.md', language: 'ts', ranBy: 'server/testing/readme.test.ts' },
  { file: 'README.md', language: 'sh', having: 'curl', ranBy: 'server/testing/readme.test.ts' },
  {
    file: 'README.md',
    language: 'sh',
    having: 'npm ci',
    notRun:
      'installs and runs everything: what each test run begins with; the start itself is server/main/all.test.ts',
  },
  {
    file: 'README.md',
    language: 'sh',
    having: 'start:gateway',
    notRun: 'never ends; the roles apart are server/main/topology.test.ts',
  },
  { file: 'client/README.md', language: 'ts', ranBy: 'client/package.test.ts' },
  { file: 'client/README.md', language: 'tsx', ranBy: 'client/package.test.ts' },
  {
    file: 'client/README.md',
    language: 'sh',
    notRun: 'names a path of the reader; client/package.test.ts builds and installs the package',
  },
  {
    file: 'examples/react/README.md',
    language: 'sh',
    notRun: 'names paths of the reader; client/package.test.ts takes the same steps in a browser',
  },
  {
    file: 'docs/typescript.md',
    language: 'sh',
    notRun: 'names a path of the reader; client/package.test.ts builds and installs the package',
  },
  {
    file: 'docs/running.md',
    language: 'sh',
    having: 'npm ci',
    notRun: 'installs everything and never ends; the start itself is server/main/all.test.ts',
  },
  {
    file: 'docs/running.md',
    language: 'sh',
    having: 'start:api',
    notRun: 'never ends; the roles apart are server/main/topology.test.ts',
  },
  {
    file: 'docs/running.md',
    language: 'sh',
    having: 'create-superuser',
    notRun: 'asks for a password at a terminal; scripts/user.test.ts types it',
  },
  { file: 'docs/running.md', language: 'ini', notRun: 'systemd is not everywhere and asks for root' },
  {
    file: 'docs/running.md',
    language: 'nginx',
    notRun: 'no nginx comes with npm, and its certificate is the reader’s',
  },
  { file: 'docs/connect-ig.md', language: 'sh', ranBy: 'server/testing/connect-ig.test.ts' },
  { file: 'docs/connect-ig.md', language: 'console', notRun: 'is typed by hand, and needs an account at IG' },
  { file: 'docs/trading.md', language: 'sh', ranBy: 'server/testing/trading-guide.test.ts' },
  { file: 'docs/websockets.md', language: 'sh', ranBy: 'server/testing/websockets-guide.test.ts' },
  { file: 'docs/signals.md', language: 'sh', ranBy: 'server/testing/signals-guide.test.ts' },
  {
    file: 'docs/signals.md',
    language: 'json',
    notRun: 'is what a person pastes at the alert service; that it is JSON is looked at below',
  },
  { file: 'docs/rehearse.md', language: 'python', ranBy: 'server/compose/rehearsal/rehearsal.test.ts' },
  {
    file: 'docs/rehearse.md',
    language: 'sh',
    notRun: 'names recordings of the reader; the command is server/compose/rehearsal/rehearsal.test.ts',
  },
  { file: 'docs/websockets.md', language: 'python', ranBy: 'server/testing/websockets-guide.test.ts' },
  { file: 'docs/websockets.md', language: 'json', notRun: 'is data; that it is JSON is looked at below' },
  {
    file: 'docs/simulator.md',
    language: 'sh',
    notRun: 'never ends, and needs what it printed; the command is server/main/simulator.test.ts',
  },
  { file: 'docs/simulator.md', language: 'json', notRun: 'is data; that it is JSON is looked at below' },
];
const rowsOf = (file: string, { language, code }: CodeBlock) =>
  elsewhere.filter(
    (row) => row.file === file && row.language === language && code.includes(row.having ?? ''),
  );

test('every code block of every Markdown file is run: here, by the test that is named, or not, for the reason that is given', () => {
  const used = new Set<Row>();
  for (const file of files)
    for (const block of codeBlocks(read(file))) {
      const rows = rowsOf(file, block);
      const runsHere = runHere.includes(file) && runnable.includes(block.language);
      const place = `${file}: ${block.language} ${block.code.slice(0, 60)}`;
      expect([place, rows.length]).toEqual([place, runsHere ? Math.min(rows.length, 1) : 1]);
      for (const row of rows) used.add(row);
      if (block.language === 'json') JSON.parse(block.code);
    }
  expect(elsewhere.filter((row) => !used.has(row))).toEqual([]);
  for (const row of elsewhere)
    if ('ranBy' in row)
      expect([row.ranBy, read(row.ranBy)]).toEqual([
        row.ranBy,
        expect.stringContaining(path.basename(row.file)),
      ]);
    else
      for (const [named] of row.notRun.matchAll(/\S+\.test\.ts/g))
        expect([named, existsSync(path.join(projectRoot, named))]).toEqual([named, true]);
});

await describeWith('python', 'the guides', () => {
  const run = async (file: string, url: string) => {
    const runs = (block: CodeBlock) => runnable.includes(block.language) && rowsOf(file, block).length === 0;
    return (await runGuide(path.basename(file), { url, runs })).map((text) => text.trim());
  };
  test('from TypeScript, from Python and a shell, and for who runs it: each block does what the text says, in order, against one server', async () => {
    await using app = await testApp();
    await app.settled(30_000);
    const [who, prices, dealt, events, error, ...more] = await run('docs/typescript.md', app.url);
    expect(who).toMatch(/^demo@ftrader\.local \[ '.+: simulated' \]$/);
    const price = String.raw`^CS\.D\.\S+ [\d.]+ [\d.]+ (stale|\d{4}-\d\d-\d\dT\S+Z)$`;
    expect(prices!.split('\n').filter((line) => new RegExp(price).test(line)).length).toBeGreaterThanOrEqual(
      5,
    );
    expect(dealt).toMatch(/^open accepted \nclose accepted\ntoo small denied .*0\.0001.*minimum/);
    expect(events).toMatch(/^\S+ deal\.accepted open 1\n\S+ deal\.accepted close 1$/);
    expect(error).toBe('market_data.unknown_epic stays so /api/docs/errors#market_data.unknown_epic');
    expect(more).toEqual([]);

    const [me, renewed, markets, deals, errors, python] = await run('docs/python-and-shell.md', app.url);
    expect(me).toContain('"email":"demo@ftrader.local"');
    expect(renewed).toBe('');
    expect(markets).toMatch(/"name":"EUR\/USD[\s\S]*"prices":\[[\s\S]*"candles":\[/);
    expect(deals).toMatch(
      /"status":"accepted"[\s\S]*"replayed":true[\s\S]*"positions":\[\{[\s\S]*"kind":"close","status":"accepted"/,
    );
    expect(errors).toMatch(/"code":"market_data\.unknown_epic"[\s\S]*"fields":\{[^}]*"size"/);
    expect(python).toMatch(
      /^spread 0\.\d+ (live|stale)\nopen accepted\nclose accepted\ndeals \d+\nmarket_data\.unknown_epic: /,
    );

    const [health] = await run('docs/running.md', app.url);
    expect(health).toMatch(/"alive":true[\s\S]*"ready":true[\s\S]*ftrader_feed_up\{/);
  }, 180_000);
});

/** GitHub's anchors of the headings of a Markdown text. */
function anchorsIn(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title] of markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ +(.+)$/gm)) {
    const plain = title!
      .toLowerCase()
      .replaceAll(/\]\([^)]*\)/g, '')
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '');
    const base = plain.trim().replaceAll(' ', '-');
    let anchor = base;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${base}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

test('every link from one file of the project to another leads to a file, and to a heading of it', () => {
  const broken: string[] = [];
  let seen = 0;
  for (const file of files) {
    const prose = read(file)
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .replaceAll(/`[^`\n]*`/g, '');
    for (const [, target, anchor] of prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      seen += 1;
      const to = target ? path.join(path.dirname(file), target) : file;
      const there = existsSync(path.join(projectRoot, to));
      const leads = there && (!anchor || !to.endsWith('.md') || anchorsIn(read(to)).has(anchor));
      if (!leads) broken.push(`${file}: ${target}${anchor ? `#${anchor}` : ''}`);
    }
  }
  expect(broken).toEqual([]);
  expect(seen).toBeGreaterThan(40);
});

test('README leads to every guide in docs/', () => {
  const guides = files.filter((file) => file.startsWith('docs/'));
  expect(guides.filter((file) => !read('README.md').includes(`](${file})`))).toEqual([]);
});
