// What the README shows is what runs: its snippet is the example, and its commands answer.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot, startProgram } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';

const readme = readFileSync(path.join(projectRoot, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1]!,
  );

/** Without what npm puts there: the Node of the machine, which may be an older one than npm scripts run. */
const pathOfUser = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(path.delimiter);

test('the TypeScript snippet is examples/typescript/watch-prices.ts, word for word, and `npm run example` prints live ticks, whatever Node the machine has', async () => {
  expect(blocks('ts')[0]).toBe(
    readFileSync(path.join(projectRoot, 'examples/typescript/watch-prices.ts'), 'utf8'),
  );
  await using app = await testApp();
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '-s', 'example', '--', app.url, '--ticks', '5'],
    { cwd: projectRoot, env: { ...process.env, PATH: pathOfUser } },
  );
  expect(stdout.match(/^\d{4}-\d\d-\d\dT\S+Z \S+ [\d.]+ [\d.]+ $/gm)).toHaveLength(5);
});

test('`npm run example` without a server says that nothing listens there and what to start', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  const url = `http://127.0.0.1:${port}`;
  await using example = startProgram('examples/typescript/watch-prices.ts', { args: [url] });
  expect(await example.exited).toBe(1);
  expect(example.output()).toBe(
    `nothing listens at ${url}: start FTrader with npm start, and give its URL\n`,
  );
});

await describeWith('python', 'the curl snippets', () => {
  test('sign in, search, read prices, open a position and show it', async () => {
    await using app = await testApp();
    const script = blocks('sh')
      .filter((block) => block.includes('curl'))
      .join('\n')
      .replaceAll('localhost:8000', new URL(app.url).host);
    const { stdout } = await promisify(execFile)('bash', ['-euc', script]);
    expect(stdout).toContain('"name":"Spot Gold"');
    expect(stdout).toMatch(/"epic":"CS\.D\.EURUSD\.CFD\.IP","seq":/);
    expect(stdout).toMatch(/"kind":"open","status":"accepted"/);
    expect(stdout).toMatch(/"positions":\[\{/);
    expect(stdout).toMatch(/"equity":"\d+(\.\d+)?"/);
  });
});

test('every command the README names exists, and every program behind one', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
  const isThere = (file: string) => existsSync(path.join(projectRoot, file));
  const commands = named(readme, /npm run (?:-s )?([a-z:-]+)/g);
  expect(commands).toContain('check');
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  const programs = named(Object.values(scripts).join(' '), /(\S+\.ts)\b/g);
  expect(programs).toContain('server/main/all.ts');
  expect(programs.filter((file) => !isThere(file))).toEqual([]);
  expect(spawnSync('bash', ['-n', path.join(projectRoot, '.ci/run')]).status).toBe(0);
});
