// An API key that IG disables while its token is still good: what every face says of it, from the first call that meets it on.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { loginProblem } from '../../../shared/broker-words.ts';
import { reasonSentence } from '../../../shared/deal-words.ts';
import { AppError } from '../../lib/app-error.ts';
import { createLogger, silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createStreamSession } from '../stream/session.ts';
import type { StreamSdk } from '../stream/sdk.ts';
import { accountRig, jane, janeTypes } from '../../testing/account-rig.ts';
import * as build from '../../testing/build.ts';
import { createDealing } from './dealing.ts';
import { IgError } from '../rest/errors.ts';
import { createEvidence } from './evidence.ts';
import { suspectingDealing } from './suspects.ts';

const code = 'error.security.api-key-disabled';
const message = loginProblem('demo', code);

/** Jane's account, logged in, and the key disabled after that. */
async function arrange() {
  const rig = await accountRig();
  const ann = await rig.as('ann');
  const [connected] = (await ann.connect(janeTypes)).accounts;
  const account = (await rig.accounts.find(connected!.id))!;
  const client = await rig.clients.of(account);
  await client.positions();
  const { accessToken } = await client.session.current();
  const disabled = await fetch(`${rig.ig.login.baseUrl}/operations/application/disable`, {
    method: 'PUT',
    headers: { 'X-IG-API-KEY': jane.apiKey, Authorization: `Bearer ${accessToken}` },
  });
  expect(disabled.status).toBe(200);
  const suspected: string[] = [];
  return {
    rig,
    account,
    client,
    suspected,
    health: async () => (await ann.get({ id: account.id })).health,
    dealing: suspectingDealing(
      createDealing({ clients: rig.clients, clock: rig.clock, logger: silentLogger }),
      (id) => suspected.push(id),
      rig.clock,
    ),
    evidence: createEvidence({ clients: rig.clients, clock: rig.clock }),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

test.each(['a read', 'the stream', 'a look whether it may be dealt on'])(
  'a disabled key is told in the words of a refused log-in by the first call that meets it, %s, and by its health',
  async (what) => {
    await using it = await arrange();
    const first = {
      'a read': () => it.client.positions(),
      'the stream': () => it.client.fetchStreamTokens(),
      'a look whether it may be dealt on': () => it.client.mayDeal(),
    }[what]!;
    const told = { code: 'broker.login_failed', message, options: { brokerCode: code } };
    await expect(first()).rejects.toMatchObject(told);
    await expect(first()).rejects.toMatchObject(told);
    await expect.poll(it.health).toMatchObject({
      state: 'read_only',
      problem: { message, brokerCode: code },
    });
  },
);

test('a deal that meets it says so in the same words, and has the health of the account looked at', async () => {
  await using it = await arrange();
  const answer = await it.dealing.send(it.account, build.openRequest());
  expect(answer).toEqual({ kind: 'refused', brokerCode: code });
  expect(reasonSentence({ code: 'broker_refused', brokerCode: code })).toBe(
    `The broker ${message.replace('IG demo ', '')} (${code})`,
  );
  expect(it.suspected).toEqual([it.account.id]);
  await expect.poll(it.health).toMatchObject({ state: 'read_only', problem: { message } });
});

test('calls that were under way when it was disabled count as one refusal: ten seconds after it is enabled all is well', async () => {
  await using it = await arrange();
  await expect(it.client.positions()).rejects.toMatchObject({ code: 'broker.login_failed' });
  const late = new IgError({
    environment: 'demo',
    method: 'GET',
    path: '/workingorders',
    status: 403,
    errorCode: code,
  });
  for (let call = 0; call < 3; call++)
    expect(await it.client.session.refused(late)).toMatchObject({ message, options: { brokerCode: code } });
  await it.rig.ig.restart(); // enables it
  it.rig.clock.advance(9_999); // between log-ins, and of the pause after one refusal, as which all count
  await expect(it.client.session.current()).rejects.toMatchObject({ code: 'broker.login_failed' });
  it.rig.clock.advance(1);
  await it.client.session.current();
});

test('a close waits for no pause of a disabled key: whether it is enabled again is asked at once', async () => {
  await using it = await arrange();
  for (let refusal = 0; refusal < 3; refusal++) {
    await expect(
      it.client.session.current({ urgent: true }).then(() => it.client.positions()),
    ).rejects.toMatchObject({
      code: 'broker.login_failed',
    });
    it.rig.clock.advance(10_000); // between log-ins
  }
  await it.rig.ig.restart(); // enables it
  await expect(it.client.session.current()).rejects.toMatchObject({ code: 'broker.login_failed' });
  await it.client.session.current({ urgent: true });
});

test('while it lasts the log says it once, however often the stream is tried: again when the reason changes', async () => {
  const clock = createManualClock();
  const lines: { level: number; err?: { code?: string; stack?: string } }[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as (typeof lines)[0]);
      done();
    },
  });
  let says: AppError = new AppError('broker.login_failed', { brokerCode: code });
  let tries = 0;
  const stream = createStreamSession({
    loadSdk: () => Promise.resolve({} as StreamSdk),
    fetchTokens: () => (tries++, Promise.reject(says)),
    clock,
    logger: createLogger({ level: 'info', pretty: false, destination }),
    onUp: () => undefined,
    onDown: () => undefined,
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      clock.advance(1_000);
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  };
  stream.start();
  await pass(600_000);
  expect(tries).toBeGreaterThan(60);
  says = new AppError('broker.unavailable');
  await pass(600_000);
  stream.close();
  expect(lines.map(({ level, err }) => [level, err?.code, err?.stack])).toEqual([
    [40, 'broker.login_failed', undefined],
    [40, 'broker.unavailable', undefined],
  ]);
});
