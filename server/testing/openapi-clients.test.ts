// What somebody in TypeScript does who does not take our client kit: generates one of the API document, with two generators, in a project of their own.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoLogin } from '../modules/auth/index.ts';
import { temporaryFolder } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp, type TestApp } from './test-app.ts';

/** Settings of the npm that runs these tests are not those of somebody else's project. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|config_local)|NODE_ENV$|VITEST|INIT_CWD)/.test(name),
  ),
);
/** What a command prints; when it fails, the error says it. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    const ran = promisify(execFile)(command, args, { cwd, env });
    ran.child.stdin?.end();
    return (await ran).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** With the TypeScript that the generators know; theirs is not yet ours. */
const packages = [
  'openapi-typescript@7.13.0',
  'openapi-fetch@0.17.0',
  'swagger-typescript-api@13.13.0',
  'typescript@5.9.3',
  '@types/node@24.19.2',
];
const settings = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    outDir: 'out',
  },
  include: ['*.ts'],
};

/** The same steps with either client: log in, read a market, deal, be refused. Each line is printed as JSON. */
const programs: Record<string, string> = {
  'openapi-typescript': `
import createClient from 'openapi-fetch';
import type { paths } from './openapi-typescript.gen.js';
const [url, email, password] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url });
const login = await client.POST('/api/auth/login', { body: { email, password } });
if (login.error) throw new Error(login.error.message);
const headers = { authorization: \`Bearer \${login.data.accessToken}\` };
const path = { epic: 'CS.D.EURUSD.CFD.IP' };
const market = await client.GET('/api/market-data/markets/{epic}', { headers, params: { path } });
if (market.error) throw new Error(market.error.message);
const opened = await client.POST('/api/trading/positions', {
  headers,
  params: { header: { 'Idempotency-Key': 'openapi-typescript-1' } },
  body: { ...path, direction: 'BUY', size: '1', waitMs: 10_000 },
});
if (opened.error) throw new Error(opened.error.message);
const { data, error } = await client.GET('/api/trading/deals/{id}', { headers, params: { path: { id: 'deal_1' } } });
const size: string | undefined = opened.data.size;
const code: string | undefined = error?.code;
// @ts-expect-error a size is text
const asNumber: number | undefined = opened.data.size;
// @ts-expect-error there is no such path
const nowhere = () => client.GET('/api/nowhere');
console.log(JSON.stringify([market.data.epic, opened.data.status, size, data ?? null, code]));
`,
  'swagger-typescript-api': `
import { Api, Direction, HttpResponse, type Error as Refusal } from './swagger-typescript-api.gen.js';
const [url, email, password] = process.argv.slice(2) as [string, string, string];
const client = new Api<string>({
  baseUrl: url,
  securityWorker: (token) => (token ? { headers: { authorization: \`Bearer \${token}\` } } : {}),
});
const login = await client.api.authLogin({ email, password });
client.setSecurityData(login.data.accessToken);
const epic = 'CS.D.EURUSD.CFD.IP';
const market = await client.api.marketDataGet(epic);
const opened = await client.api.tradingOpenPosition(
  { epic, direction: Direction.BUY, size: '1', waitMs: 10_000 },
  { headers: { 'Idempotency-Key': 'swagger-typescript-api-1' } },
);
const refused = await client.api.tradingGetDeal('deal_1').then(
  ({ data }) => ({ data, error: undefined }),
  (thrown: HttpResponse<unknown, Refusal>) => ({ data: null, error: thrown.error }),
);
const size: string | undefined = opened.data.size;
const code: string | undefined = refused.error?.code;
console.log(JSON.stringify([market.data.epic, opened.data.status, size, refused.data, code]));
`,
};

await describeWith('registry', 'clients generated of the API document', () => {
  const folder = temporaryFolder('openapi');
  const file = (name: string) => path.join(folder.path, name);
  const bin = (name: string) => path.join('node_modules', '.bin', name);
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
    writeFileSync(file('package.json'), JSON.stringify({ private: true, type: 'module' }));
    writeFileSync(file('tsconfig.json'), JSON.stringify(settings));
    for (const [name, program] of Object.entries(programs)) writeFileSync(file(`${name}.ts`), program);
    const document = await fetch(`${app.url}/api/openapi.json`);
    writeFileSync(file('openapi.json'), await document.text());
    const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run(folder.path, 'npm', 'install', '--save-exact', ...quietly, ...packages);
  }, 180_000);
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('compile under `strict` and `exactOptionalPropertyTypes`, and log in, read, deal and read an error', async () => {
    await run(folder.path, bin('openapi-typescript'), 'openapi.json', '-o', 'openapi-typescript.gen.d.ts');
    const generated = ['-p', 'openapi.json', '-o', '.', '-n', 'swagger-typescript-api.gen.ts'];
    await run(folder.path, bin('swagger-typescript-api'), 'generate', ...generated);
    await run(folder.path, bin('tsc'));
    for (const name of Object.keys(programs)) {
      const { email, password } = demoLogin;
      const printed = await run(folder.path, process.execPath, `out/${name}.js`, app.url, email, password);
      expect([name, JSON.parse(printed)]).toEqual([
        name,
        ['CS.D.EURUSD.CFD.IP', 'accepted', '1', null, 'trading.deal_not_found'],
      ]);
    }
  }, 180_000);
});
