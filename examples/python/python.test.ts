// What a Python program sees: the API document as its validators read it, and the examples against real servers, one of them started anew.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as build from '../../server/testing/build.ts';
import { createWaiters } from '../../server/testing/inbox.ts';
import { addUser } from '../../server/testing/kit.ts';
import { noted } from '../../server/testing/leftovers.ts';
import { projectRoot, startProgram, temporaryFolder } from '../../server/testing/processes.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { demoLogin } from '../../server/modules/auth/index.ts';

/** Every schema of the document against JSON Schema's own, each pattern by Python's `re`. */
const validate = `
import json, re, sys
from jsonschema import Draft202012Validator, FormatChecker
document = json.load(open(sys.argv[1]))
schemas, patterns = [], []
def walk(value):
    if isinstance(value, list):
        for each in value: walk(each)
    elif isinstance(value, dict):
        if isinstance(value.get("schema"), dict): schemas.append(value["schema"])
        if isinstance(value.get("pattern"), str): patterns.append(value["pattern"])
        for each in value.values(): walk(each)
walk(document)
schemas += document["components"]["schemas"].values()
for pattern in patterns: re.compile(pattern)
meta = Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=FormatChecker())
for schema in schemas: meta.validate(schema)
name = re.compile(document["components"]["schemas"]["AuthRegisterInput"]["properties"]["name"]["pattern"])
assert name.match("Zo\\u00eb") and not name.match("a\\tb") and not name.match("a\\u009bb")
print(len(schemas), len(patterns))
`;

await describeWith('python', 'Python', (python) => {
  test('reads the whole API document: every schema is one, every pattern is one of Python’s', async () => {
    const document = path.join(projectRoot, 'client/openapi.json');
    const { stdout } = await promisify(execFile)(python, ['-c', validate, document]);
    const [schemas, patterns] = stdout.split(' ').map(Number);
    expect(schemas).toBeGreaterThan(50);
    expect(patterns).toBeGreaterThan(3);
  });
});

await describeWith('websockets', 'the Python programs', (python) => {
  /** One of the programs, and all that it says. */
  function run(
    url: string,
    [program, ...args]: [string, ...string[]],
    login: { email: string; password: string } = demoLogin,
  ) {
    const child = noted(
      spawn(python, [path.join(import.meta.dirname, program), ...args], {
        env: {
          ...process.env,
          FTRADER_URL: url,
          FTRADER_EMAIL: login.email,
          FTRADER_PASSWORD: login.password,
          PYTHONDONTWRITEBYTECODE: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let text = '';
    const { changed, until } = createWaiters();
    let over = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        changed();
      });
    const ended = once(child, 'close').then(([code]) => {
      over = true;
      changed();
      return code as number | null;
    });
    return {
      child,
      ended,
      output: () => text,
      async said(what: string) {
        await until(() => over || text.includes(what));
        expect(text).toContain(what);
      },
    };
  }

  test('follow events over a restart of the server, each once and in order, deals of another program included', async () => {
    using data = temporaryFolder('python');
    const start = (port: string) =>
      startProgram('server/main/all.ts', {
        env: { DATA_DIR: data.path, PORT: port, LOG_LEVEL: 'warn', SEED_DEMO: 'off' },
      });
    const urlOf = /API documents\s+(http:\S+)\/api\/docs\//;
    const first = start('0');
    const url = (await first.printed(urlOf))[1]!;
    const follower = run(url, ['follow_events.py', '--until', 'position.closed']);
    await follower.said('from now on, after event ');
    await first[Symbol.asyncDispose]();
    await follower.said('trading: the connection ended (1012), connecting again');
    await using second = start(new URL(url).port);
    await second.printed(urlOf);
    const dealer = run(url, ['deal.py', 'CS.D.CFDGOLD.BMU.IP', 'BUY', '1', '--stop', '20']);
    expect([await dealer.ended, dealer.output()]).toEqual([
      0,
      expect.stringMatching(
        /^account: .+ \(simulated\)\nmargin: [\d.]+ GBP; lost at its stop: [\d.]+ GBP\nopened: BUY 1 CS\.D\.CFDGOLD\.BMU\.IP at [\d.]+\nclosed: SELL 1 CS\.D\.CFDGOLD\.BMU\.IP at [\d.]+, profit -?[\d.]+ GBP\n$/,
      ),
    ]);
    expect(await follower.ended).toBe(0);
    const from = Number(/after event (\d+)/.exec(follower.output())![1]);
    const followed = [...follower.output().matchAll(/^event (\d+) (\S+)/gm)];
    expect(followed.map(([, id]) => Number(id))).toEqual(followed.map((_, n) => from + n + 1));
    expect(followed.map(([, , type]) => type)).toEqual(
      expect.arrayContaining(['deal.accepted', 'position.opened', 'position.closed']),
    );
    const again = run(url, ['follow_events.py', '--after', String(from), '--until', 'position.closed']);
    expect(await again.ended).toBe(0);
    expect([...again.output().matchAll(/^event (\d+) (\S+)/gm)].map(([line]) => line)).toEqual(
      followed.map(([line]) => line),
    );
  }, 120_000);

  test('watch prices, trade by the example strategy until Ctrl-C, and say in a line why they were refused', async () => {
    await using app = await testApp();
    await app.settled(20_000);
    await addUser(app);
    const at = (...args: [string, ...string[]]) => run(app.url, args, build.login);
    const watcher = at('watch_prices.py', 'CS.D.EURUSD.CFD.IP', '--count', '2');
    const strategy = at(
      'strategy.py',
      'CS.D.CFDGOLD.BMU.IP',
      ...['--resolution', 'SECOND', '--fast', '1', '--slow', '2', '--stop', '40', '--risk', '2'],
    );
    const refusals: [ReturnType<typeof run>, number, RegExp][] = [
      [
        run(app.url, ['deal.py', 'CS.D.EURUSD.CFD.IP', 'BUY', '1'], { ...build.login, password: 'wrong' }),
        1,
        /^refused: .+ \(auth\.invalid_credentials\)\n$/,
      ],
      [at('deal.py', 'CS.D.NOWHERE.CFD.IP', 'BUY', '1'), 1, /^refused: .+ \(market_data\.unknown_epic\)\n$/],
      [
        at('watch_prices.py', 'gold'),
        1,
        /^refused: epics\[0\] must be an IG epic .+ \(request\.invalid\)\n$/,
      ],
      [at('deal.py', 'CS.D.EURUSD.CFD.IP', 'BUY', '1000000'), 1, /\nnot opened: denied, .+\n$/],
      [at('deal.py', 'CS.D.EURUSD.CFD.IP', 'HOLD', '1'), 2, /invalid choice/],
      [
        run('http://127.0.0.1:1', ['follow_events.py']),
        3,
        /^nobody answers at http:\/\/127\.0\.0\.1:1 .+npm start/,
      ],
      [run('127.0.0.1', ['follow_events.py']), 3, /^127\.0\.0\.1 is not the address of an FTrader/],
    ];
    for (const [program, code, words] of refusals) {
      expect(await program.ended).toBe(code);
      expect(program.output()).toMatch(words);
    }
    expect(await watcher.ended).toBe(0);
    expect(watcher.output()).toMatch(/^(CS\.D\.EURUSD\.CFD\.IP +[\d.]+ +[\d.]+ {2}\S.+\n){2}$/);
    await strategy.said('opened: ');
    strategy.child.kill('SIGINT');
    expect(await strategy.ended).toBe(0);
    expect(strategy.output()).toMatch(
      /^an example, not advice; account: .+\n(.+\n)*opened: (BUY|SELL) [\d.]+ CS\.D\.CFDGOLD\.BMU\.IP at .+\n(.+\n)*closed: .+\nstopped: nothing of it is open\n$/,
    );
  }, 120_000);
});
