// What a Python program sees: the API document as its validators read it, and the example against a real server that is started anew.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { noted } from '../../server/testing/leftovers.ts';
import { projectRoot, startProgram, temporaryFolder } from '../../server/testing/processes.ts';
import { describeWith } from '../../server/testing/requires.ts';

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

  test('signs in, refreshes, reads a price, deals, and follows events over a restart of the server: each once, in order', async () => {
    using data = temporaryFolder('python');
    const start = (port: string) =>
      startProgram('server/main/all.ts', {
        env: { DATA_DIR: data.path, PORT: port, LOG_LEVEL: 'warn', SEED_DEMO: 'off' },
      });
    const urlOf = /API documents\s+(http:\S+)\/api\/docs\//;
    const first = start('0');
    const url = (await first.printed(urlOf))[1]!;
    const run = (...args: string[]) => {
      const child = noted(
        spawn(python, [path.join(projectRoot, 'examples/python/follow_events.py'), url, ...args], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
      );
      let text = '';
      const said = (what: string) =>
        new Promise<void>((resolve, reject) => {
          const look = () => text.includes(what) && resolve();
          child.stdout.on('data', look);
          child.once('close', () => reject(new Error(`ended without ${what}:\n${text}`)));
          look();
        });
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      return { said, ended: once(child, 'close'), output: () => text };
    };
    const follower = run('--until', 'position.closed');
    await follower.said('following events after 0');
    await first[Symbol.asyncDispose]();
    // From wherever it was: the account’s own events may have come already.
    await follower.said('the connection was lost: following on from event ');
    await using second = start(new URL(url).port);
    await second.printed(urlOf);
    const dealer = run('--deal', '--until', 'position.closed');
    expect((await Promise.all([dealer.ended, follower.ended])).map(([code]) => code)).toEqual([0, 0]);
    expect(dealer.output()).toMatch(
      /^signed in as demo@ftrader.local\nCS\.D\.CFDGOLD\.BMU\.IP [\d.]+ [\d.]+\nopened: accepted [\d.]+\nclosed: accepted /,
    );
    const followed = follower.output().match(/event \d+ \S+/g)!;
    expect(followed).toEqual(dealer.output().match(/event \d+ \S+/g));
    expect(followed.map((line) => Number(line.split(' ')[1]))).toEqual(followed.map((_, n) => n + 1));
  }, 120_000);
});
