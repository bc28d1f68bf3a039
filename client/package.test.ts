// The kit as a package in other people's projects, each begun as they begin one: installed by npm, type-checked, built and run.
import { execFile, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guideBlocks } from '../server/testing/guide.ts';
import { openBrowser } from '../examples/dashboard/page-steps.ts';
import { buildClient } from '../scripts/build-client.ts';
import { listen } from '../server/testing/listen.ts';
import { otherProjectEnv, temporaryFolder } from '../server/testing/processes.ts';
import { describeWith, requirement } from '../server/testing/requires.ts';
import { testApp, type TestApp } from '../server/testing/test-app.ts';

const [quickStart, page, lists, plain, pages] = [
  ...readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8').matchAll(
    /^```tsx?\n([\s\S]*?)^```$/gm,
  ),
].map(([, code]) => code!);
/** Beside strict and Node's own resolution, as `tsc --init` has them: what a bundler's project has, and one that checks little. */
const loose = ['--strict', 'false', '--exactOptionalPropertyTypes', 'false'];
const settings = {
  nodenext: [],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
  'loose, nodenext': loose,
  'loose, bundler': [...loose, '--module', 'preserve', '--moduleResolution', 'bundler'],
};

const env = otherProjectEnv();
/** What a command prints; when it fails, the error says it. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}
const install = (cwd: string, ...packages: string[]) =>
  run(cwd, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages);

/** The Node of a major version: this one, or another on the PATH. */
function nodeOf(major: number): string | undefined {
  const all = [
    process.execPath,
    ...(env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node')),
  ];
  return all.find(
    (file) =>
      existsSync(file) &&
      spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout?.startsWith(`v${major}.`),
  );
}
const nodes = [20, 24].map((major) => ({ major, node: nodeOf(major) }));
const chromium = await requirement('chromium');

await describeWith('registry', 'the client kit as a package', () => {
  const folder = temporaryFolder('package');
  let app: TestApp;
  let tarball: string;
  beforeAll(async () => {
    ({ tarball } = await buildClient(path.join(folder.path, 'kit')));
    app = await testApp();
  }, 120_000);
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('holds JavaScript, one declaration, its README and licence, and imports what it states and nothing else', async () => {
    const kit = path.join(folder.path, 'kit/package');
    expect(readdirSync(kit, { recursive: true }).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'dist/index.d.ts',
      'dist/index.js',
      'package.json',
    ]);
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(path.join(kit, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const imported = ['index.js', 'index.d.ts'].flatMap((file) =>
      [
        ...readFileSync(path.join(kit, 'dist', file), 'utf8').matchAll(
          /^(?:import|export)\b[^;]*? from ['"]([^'"]+)/gm,
        ),
      ].map(([, name]) =>
        name!
          .split('/')
          .slice(0, name!.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...new Set(imported)].sort()).toEqual(
      Object.keys({ ...dependencies, ...peerDependencies }).sort(),
    );
  });

  describe('in a project of `tsc --init`', () => {
    let project: string;
    beforeAll(async () => {
      project = path.join(folder.path, 'plain');
      await run(folder.path, 'mkdir', project);
      await run(project, 'npm', 'init', '-y');
      await run(project, 'npm', 'pkg', 'set', 'type=module');
      await install(project, tarball, 'typescript', 'ws', '@types/ws');
      await run(project, 'node_modules/.bin/tsc', '--init');
      writeFileSync(path.join(project, 'start.ts'), quickStart!.replace('http://localhost:8000', app.url));
      writeFileSync(path.join(project, 'pages.ts'), pages!.replace('http://localhost:8000', app.url));
      for (const guide of ['typescript.md'])
        guideBlocks(guide, 'ts').forEach((code, at) =>
          writeFileSync(path.join(project, `${path.basename(guide, '.md')}-${at}.ts`), code),
        );
      writeFileSync(
        path.join(project, 'start-ws.ts'),
        `import { WebSocket } from 'ws';\n${quickStart!
          .replace('http://localhost:8000', app.url)
          .replace('{ url, token }', '{ url, token, WebSocket }')}`,
      );
    }, 120_000);

    test('what its README and the guide show compiles', () => run(project, 'node_modules/.bin/tsc'), 60_000);

    for (const [name, flags] of Object.entries(settings))
      test(`also with the types of packages checked: ${name}`, async () => {
        const checked = ['--noEmit', '--skipLibCheck', 'false', '--types', 'node'];
        await run(project, 'node_modules/.bin/tsc', ...checked, ...flags);
      }, 60_000);

    for (const { major, node } of nodes)
      test.skipIf(!node && !process.env['FTRADER_REQUIRE']?.includes('registry'))(
        `it prints a price under Node ${major} (needs registry)`,
        async () => {
          const printed = await run(project, node!, major < 22 ? 'start-ws.js' : 'start.js');
          expect(printed).toMatch(/^socket open$/m);
          expect(printed).toMatch(/^price CS\.D\.EURUSD\.\S+ [\d.]+ [\d.]+$/m);
          expect(await run(project, node!, 'pages.js')).toMatch(/^deals: \d+$/m);
          if (major >= 22) return;
          const { stderr } = await promisify(execFile)(node!, ['start.js'], { cwd: project, env });
          expect(stderr).toMatch(/no WebSocket.*pass one.*import \{ WebSocket \} from 'ws'/);
        },
        60_000,
      );
  });

  test('the React recipe of the README is examples/react/App.tsx, in 35 lines at most', () => {
    const app = readFileSync(path.join(import.meta.dirname, '../examples/react/App.tsx'), 'utf8');
    expect(page).toBe(app);
    expect(app.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(35);
  });

  test.skipIf(!chromium.available && !process.env['FTRADER_REQUIRE']?.includes('chromium'))(
    'in Vite’s React template the README’s recipes compile with the newest TanStack adapter; in a browser, from another origin, they show a live price that changes and deal once for a press, and say what was refused and what was wrong (needs chromium)',
    async () => {
      const project = path.join(folder.path, 'page');
      await run(
        folder.path,
        'npm',
        'exec',
        '--yes',
        '--prefer-offline',
        '--',
        'create-vite@9',
        'page',
        '--template',
        'react-ts',
        '--no-interactive',
      );
      await install(project, tarball, '@trpc/tanstack-react-query', '@tanstack/react-query');
      const localApi = app.url.replace('127.0.0.1', 'localhost');
      const write = (file: string, code: string) =>
        writeFileSync(path.join(project, 'src', file), code.replace('http://localhost:8000', localApi));
      write('App.tsx', page!);
      write('Lists.tsx', lists!);
      write('Plain.tsx', plain!);
      appendFileSync(
        path.join(project, 'src/main.tsx'),
        `
        import { Deals, Positions } from './Lists.tsx';
        import Plain from './Plain.tsx';
        const beside = (part: React.ReactNode) =>
          createRoot(document.body.appendChild(document.createElement('article'))).render(part);
        beside(<Plain />);
        if (location.hash === '#lists') beside(<><Positions /><Deals /></>);
        `,
      );
      await run(project, 'npm', 'run', 'build');

      // As Vite's own server has it, on a port that is nobody's.
      await using dev = await listen((req, res) => {
        const file = path.join(project, 'dist', req.url === '/' ? 'index.html' : req.url!);
        const type = { '.js': 'text/javascript', '.css': 'text/css' }[path.extname(file)] ?? 'text/html';
        res.writeHead(200, { 'content-type': type });
        createReadStream(file).pipe(res);
      });
      await using browser = await openBrowser(chromium.where);
      const visitor = await browser.newPage({ width: 800, height: 600 });
      const own = visitor.locator('#root');
      await visitor.goto(`http://localhost:${dev.port}/`);
      await own.getByRole('button', { name: 'Sign in' }).click();
      const shown = await own
        .locator('output')
        .getByText(/^[\d.]+ \/ [\d.]+$/)
        .textContent();
      await own
        .locator('output')
        .filter({ hasNotText: shown! })
        .getByText(/^[\d.]+ \/ [\d.]+$/)
        .waitFor();

      const size = own.getByLabel('Size');
      const buy = own.getByRole('button', { name: 'Buy' });
      await buy.dblclick();
      expect(await own.getByRole('status').getByText('accepted').textContent()).toBe('accepted. ');
      await size.fill('0.0001');
      await buy.click();
      expect(await own.getByRole('status').getByText('denied').textContent()).toMatch(
        /^denied\. .*0\.0001.*minimum/,
      );
      await size.fill('many');
      await buy.click();
      expect(await own.getByRole('alert').textContent()).toMatch(/^size /);

      const other = visitor.locator('article');
      await other.getByRole('button', { name: 'Sign in' }).click();
      expect(await other.locator('output.live').textContent()).toMatch(/^[\d.]+ \/ [\d.]+$/);
      await visitor.goto(`http://localhost:${dev.port}/#lists`);
      await visitor.reload();
      const dealt = other.locator('section p').getByText('accepted');
      expect(
        (await dealt.textContent())!.split(', ').filter((deal) => deal.endsWith('accepted')),
      ).toHaveLength(1);
      expect(await other.locator('li').allTextContents()).toEqual(['EUR/USD 1']);
      expect(browser.problems).toEqual([]);
    },
    120_000,
  );
});
