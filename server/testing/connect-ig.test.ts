// The way from an IG account to a first deal, as docs/connect-ig.md tells it: its commands run, with the simulator as IG demo.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { projectRoot, temporaryFolder } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';
import { testBroker } from './test-broker.ts';

const guide = readFileSync(path.join(projectRoot, 'docs/connect-ig.md'), 'utf8');
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);

await describeWith('python', 'the commands of docs/connect-ig.md', () => {
  test('connect a demo login, find it well, show a live price, open a position and close it', async () => {
    const owner = { identifier: 'owner-demo', password: 'typed "once" & kept', apiKey: 'key-of-owner' };
    const feed = { identifier: 'feed-demo', password: 'password of feed', apiKey: 'key-of-feed' };
    await using ig = await testBroker({
      clock: systemClock,
      logins: [
        { ...owner, accountId: 'OWNER1' },
        { ...feed, accountId: 'FEED1' },
      ],
    });
    await using app = await testApp({
      env: {
        IG_DEMO_BASE_URL: ig.login.baseUrl,
        IG_API_KEY: feed.apiKey,
        IG_IDENTIFIER: feed.identifier,
        IG_PASSWORD: feed.password,
      },
    });
    await app.settled(30_000);
    using folder = temporaryFolder('guide');
    const script = blocks.join('echo; echo ------\n').replaceAll('localhost:8000', new URL(app.url).host);
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
      cwd: folder.path,
      env: {
        PATH: process.env['PATH'],
        IG_KEY: owner.apiKey,
        IG_USER: owner.identifier,
        IG_PASS: owner.password,
      },
    });
    const [, connected, tested, prices, opened, closed] = stdout.split('------\n');
    expect(connected).toMatch(/"environment":"demo","feed":"demo","brokerAccountId":"OWNER1"/);
    expect(tested).toMatch(/"state":"up"/);
    expect(prices).toMatch(/"epic":"CS\.D\.EURUSD\.CFD\.IP","seq":/);
    expect(opened).toMatch(/"kind":"open","status":"accepted"/);
    expect(opened).toMatch(/"positions":\[\{/);
    expect(closed).toMatch(/"kind":"close","status":"accepted"/);
    for (const secret of Object.values(owner)) expect(stdout).not.toContain(secret);
  }, 120_000);
});

test('README leads there', () => {
  expect(readFileSync(path.join(projectRoot, 'README.md'), 'utf8')).toContain('](docs/connect-ig.md)');
});
