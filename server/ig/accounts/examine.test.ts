import { expect, onTestFinished, test } from 'vitest';
import { brokerSessions } from '../../../drizzle/schema/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import type { BrokerCredentials } from '../../modules/accounts/ports.ts';
import { jane } from '../../testing/account-rig.ts';
import { alteringBroker, type Alterations } from '../../testing/altering-broker.ts';
import * as build from '../../testing/build.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { loadSdk } from '../stream/sdk.ts';
import { examineAccount, type Finding } from './examine.ts';

const account = build.account({ environment: 'demo', brokerAccountId: jane.accountId, name: 'Jane' });
const right = { identifier: jane.identifier, password: jane.password, apiKey: jane.apiKey };

/** The findings on Jane's account at a broker that answers as altered, by what they are about. */
async function examine(alterations: Alterations = {}, credentials: BrokerCredentials = right) {
  const db = await testDb();
  const ig = await testBroker({ clock: systemClock, logins: [jane] });
  const broker = await alteringBroker(ig.login.baseUrl, alterations);
  onTestFinished(async () => {
    await broker[Symbol.asyncDispose]();
    await ig[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });
  const run = async () => {
    const findings: Finding[] = [];
    const { database } = db;
    for await (const finding of examineAccount({
      account,
      credentials,
      baseUrl: broker.baseUrl,
      database,
      sealer: build.sealer(),
      clock: systemClock,
      logger,
      loadSdk,
    }))
      findings.push(finding);
    for (const { what, ok, fix } of findings)
      expect(ok, `${what} has a fix exactly when it is not well`).toBe(fix === undefined);
    return findings;
  };
  return { run, sessions: () => db.database.db.select().from(brokerSessions), ig };
}
const badOnes = (findings: Finding[]) => findings.filter(({ ok }) => !ok);

test('an account that is well: login, clock, accounts, dealing, allowance and stream are each looked at', async () => {
  const { run } = await examine();
  expect(await run()).toEqual([
    { what: 'login', ok: true, found: 'IG demo lets Jane in' },
    { what: 'clock', ok: true, found: expect.stringMatching(/^within .* of the broker's$/) },
    { what: 'account', ok: true, found: 'JANE1 CFD ENABLED, JANE2 SPREADBET ENABLED' },
    { what: 'dealing', ok: true, found: 'enabled for this login' },
    { what: 'stream', ok: true, found: expect.stringMatching(/^127\.0\.0\.1:\d+ streams the account$/) },
    {
      what: 'allowance',
      ok: true,
      found: expect.stringMatching(/^the API key is ENABLED; .*40 subscriptions$/),
    },
  ]);
});

const day = 86_400_000;
test.each<[string, Alterations, Finding['what'], RegExp, RegExp]>([
  [
    'a clock that is a day behind',
    {
      answer: (_call, { headers }) => void (headers['date'] = new Date(Date.now() + day).toUTCString()),
    },
    'clock',
    /^this machine's clock is 8\d{4}\.\d s behind the broker's$/,
    /timedatectl/,
  ],
  [
    'an account that is not the login’s',
    { answer: (call, { body }) => void (call === 'GET /accounts v1' && body.accounts.shift()) },
    'account',
    /^the login does not have JANE1; it has JANE2 SPREADBET ENABLED$/,
    /POST \/api\/accounts/,
  ],
  [
    'an account that is suspended',
    {
      answer: (call, { body }) =>
        void (call === 'GET /accounts v1' && (body.accounts[0].status = 'SUSPENDED_FROM_DEALING')),
    },
    'account',
    /JANE1 CFD SUSPENDED_FROM_DEALING/,
    /web site/,
  ],
  [
    'a login that may not deal',
    {
      answer: (call, { body }) => void (call === 'POST /session v2' && (body.dealingEnabled = false)),
    },
    'dealing',
    /does not let this login deal/,
    /agreement/,
  ],
  [
    'a key that is used up',
    {
      answer(call, answer) {
        if (call !== 'GET /operations/application v1') return;
        answer.status = 403;
        answer.body = { errorCode: 'error.public-api.exceeded-api-key-allowance' };
      },
    },
    'allowance',
    /exceeded-api-key-allowance/,
    /another program uses this API key/,
  ],
  [
    'a firewall that lets no stream through',
    { noStreams: true },
    'stream',
    /./,
    /let WebSockets out to 127\.0\.0\.1:\d+/,
  ],
])(
  '%s is found, with what mends it, and the rest is looked at all the same',
  async (_what, alterations, what, found, fix) => {
    const { run } = await examine(alterations);
    const findings = await run();
    expect(findings).toHaveLength(6);
    expect(badOnes(findings)).toEqual([
      { what, ok: false, found: expect.stringMatching(found), fix: expect.stringMatching(fix) },
    ]);
  },
);

test('a login that is refused is said in words, and not tried again while its pause lasts: the broker would lock it', async () => {
  let logins = 0;
  const { run } = await examine(
    { answer: (call) => void (call.startsWith('POST /session v') && logins++) },
    { ...right, password: 'not the right one' },
  );
  const first = await run();
  expect(first).toMatchObject([
    { what: 'login', ok: false, found: expect.stringContaining('Check both: demo has a login of its own') },
  ]);
  expect(first[0]!.fix).toMatch(/PUT \/api\/accounts\/acct_1\/credentials/);
  expect(await run()).toMatchObject([{ what: 'login', ok: false }]);
  expect(logins).toBe(1);
});

test('where the login waits for its owner at the broker, nobody is sent to change credentials', async () => {
  const { run } = await examine({
    answer(call, answer) {
      if (!call.startsWith('POST /session v')) return;
      answer.status = 403;
      answer.body = { errorCode: 'error.public-api.failure.pending.agreements.required' };
    },
  });
  const [finding, ...others] = await run();
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ found: expect.stringContaining('accept its terms') });
  expect(finding!.fix).not.toContain('credentials');
});

test('a broker that does not answer is told from one that refuses', async () => {
  const { run, ig } = await examine();
  await ig.stop();
  expect(await run()).toMatchObject([
    { what: 'login', ok: false, fix: expect.stringContaining('let HTTPS out') },
  ]);
});
