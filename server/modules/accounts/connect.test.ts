import { createServer } from 'node:https';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { brokerAccounts, brokerSessions, users } from '../../../drizzle/schema/index.ts';
import { createSimulator } from '../../ig-simulator/index.ts';
import type { AppError } from '../../lib/app-error.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { alteringBroker } from '../../testing/altering-broker.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { accountRig, jane, janeTypes } from '../../testing/account-rig.ts';
import { listen } from '../../testing/listen.ts';
import { certificate, certificateKey } from '../../testing/certificate.ts';

/** The AppError that a procedure ended with. */
const problem = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => expect.unreachable('it should have been refused'),
    (error: Error) => error.cause as AppError,
  );

test('connecting a login makes each account that deals in CFDs or spread bets the user’s, the preferred one first', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const { accounts } = await ann.connect(janeTypes);
  expect(accounts).toMatchObject([
    {
      environment: 'demo',
      brokerAccountId: 'JANE1',
      type: 'CFD',
      isDefault: true,
      health: { state: 'up' },
    },
    { environment: 'demo', brokerAccountId: 'JANE2', type: 'SPREADBET', name: 'Bets', isDefault: false },
  ]);
  expect(await ann.list()).toEqual({ accounts });
  expect(await rig.told('ann')).toEqual(accounts.map(({ id }) => `account.connected ${id}`));
  // Again, as after a lost answer: the same accounts, and nothing is told twice.
  expect(await ann.connect(janeTypes)).toEqual({ accounts });
  expect(await rig.told('ann')).toHaveLength(2);
});

test('nobody’s account is connected whose own was deleted while the broker was asked', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  await rig.database.db.update(users).set({ deletedAt: new Date(0) });
  expect(await problem(ann.connect(janeTypes))).toMatchObject({ code: 'auth.required' });
  expect(await rig.database.db.select().from(brokerAccounts)).toEqual([]);
});

test('what was typed is kept encrypted, and its session too, so that nobody must log in again at once', async () => {
  await using rig = await accountRig();
  await (await rig.as('ann')).connect(janeTypes);
  const [first] = await rig.accounts.all();
  expect(await rig.accounts.credentialsOf(first!)).toEqual({
    identifier: jane.identifier,
    password: jane.password,
    apiKey: jane.apiKey,
  });
  const { rows } = await rig.database.pool.query(
    'select * from broker_accounts left join broker_sessions on login = id',
  );
  for (const secret of [jane.identifier, jane.password, jane.apiKey])
    expect(JSON.stringify(rows)).not.toContain(secret);
  await (await rig.clients.of(first!)).account();
  const [session] = await rig.database.db
    .select()
    .from(brokerSessions)
    .where(eq(brokerSessions.login, first!.id));
  expect(session).toMatchObject({ attemptedAt: null });
});

test.each([
  ['a wrong password', { password: 'wrong' }, 'Check both: demo has a login of its own', 'invalid-details'],
  ['a key of elsewhere', { apiKey: 'key-of-live' }, 'take the one made for demo', 'api-key-invalid'],
])('%s is refused in words that say what to do, and nothing is stored', async (_what, wrong, words, code) => {
  await using rig = await accountRig();
  const refused = await problem((await rig.as('ann')).connect({ ...janeTypes, ...wrong }));
  expect(refused).toMatchObject({
    code: 'broker.login_failed',
    message: expect.stringContaining(words),
    options: { brokerCode: `error.security.${code}` },
  });
  expect(await rig.rows()).toEqual([]);
});

test('a key or identifier with blanks, and what is missing, are named before anybody is asked', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  expect((await problem(ann.connect({ ...janeTypes, apiKey: 'key of jane' }))).message).toContain(
    'apiKey holds a blank',
  );
  expect((await problem(ann.connect({ environment: 'live', apiKey: 'k' }))).message).toMatch(
    /identifier is needed to log in to IG live.*password is needed/,
  );
  expect((await problem(ann.connect({ environment: 'simulated' }))).message).toContain('no simulator');
  expect((await problem(ann.connect({ ...janeTypes, environment: 'live' }))).message).toContain(
    'reaches no broker for live',
  );
});

test('an account of a kind that is not known here is left out, as share dealing is, and keeps no other from being connected', async () => {
  await using ig = await testBroker({ logins: [jane] });
  await using broker = await alteringBroker(ig.login.baseUrl, {
    answer(call, { body }) {
      if (call === 'GET /accounts v1') body.accounts[1].accountType = 'OPTIONS';
    },
  });
  await using rig = await accountRig({ endpoints: { demo: broker.baseUrl } });
  const { accounts } = await (await rig.as('ann')).connect(janeTypes);
  expect(accounts.map(({ brokerAccountId }) => brokerAccountId)).toEqual(['JANE1']);
});

test('an account of somebody else is refused with the whole login: none of its accounts is half connected', async () => {
  await using rig = await accountRig();
  const [ann, bob] = [await rig.as('ann'), await rig.as('bob')];
  const { accounts } = await ann.connect(janeTypes);
  await ann.disconnect({ id: accounts[0]!.id });
  expect(await problem(bob.connect(janeTypes))).toMatchObject({
    code: 'accounts.taken',
    message: expect.stringContaining('JANE2'),
  });
  expect(await bob.list()).toEqual({ accounts: [] });
  await ann.disconnect({ id: accounts[1]!.id });
  expect((await bob.connect(janeTypes)).accounts).toHaveLength(2);
  // Ann, who left, cannot come back while he has it.
  expect(await problem(ann.connect(janeTypes))).toMatchObject({ code: 'accounts.taken' });
});

test('of two users who connect one account at the same moment one has it, and the other is told', async () => {
  await using rig = await accountRig();
  const both = await Promise.allSettled([
    (await rig.as('ann')).connect(janeTypes),
    (await rig.as('bob')).connect(janeTypes),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { reason } = both.find((each): each is PromiseRejectedResult => each.status === 'rejected')!;
  expect(reason.cause).toMatchObject({ code: 'accounts.taken' });
  expect(await rig.rows()).toHaveLength(2);
});

test('logins that the broker lets in count against no limit; those that it refuses do, and guessing ends', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  for (let login = 0; login < 25; login++) await ann.connect(janeTypes);
  const { id } = (await ann.list()).accounts[0]!;
  const guess = (n: number) =>
    problem(
      n % 2
        ? ann.connect({ ...janeTypes, apiKey: `guess-${n}` })
        : ann.updateCredentials({ id, apiKey: `guess-${n}` }),
    );
  for (let n = 0; n < 10; n++) {
    expect(await guess(n)).toMatchObject({ code: 'broker.login_failed' });
    rig.clock.advance(61_000);
  }
  expect(await guess(10)).toMatchObject({ code: 'request.limited' });
  // While guesses are counted nothing else is tried either: what is right could be the eleventh guess.
  expect(await problem(ann.connect(janeTypes))).toMatchObject({ code: 'request.limited' });
});

test('one account of a user is the default, whichever was chosen last', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first, second] = (await ann.connect(janeTypes)).accounts;
  expect(await ann.setDefault({ id: second!.id })).toMatchObject({ isDefault: true });
  const defaults = async () =>
    (await ann.list()).accounts.filter(({ isDefault }) => isDefault).map(({ id }) => id);
  expect(await defaults()).toEqual([second!.id]);
  await Promise.all([ann.setDefault({ id: first!.id }), ann.setDefault({ id: second!.id })]);
  expect(await defaults()).toHaveLength(1);
  expect(await ann.update({ id: first!.id, name: ' Hedging ' })).toMatchObject({ name: 'Hedging' });
});

test('a password changed at the broker counts for every account of the login once it logs in, and not before', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const { accounts } = await ann.connect(janeTypes);
  const [account] = accounts;
  await rig.ig.stop();
  const changed = await createSimulator({
    port: rig.ig.simulator.port,
    seed: 'test',
    clock: rig.clock,
    ids: createIds(rig.clock),
    logger: silentLogger,
    logins: [{ ...jane, password: 'a new one' }],
  });
  try {
    // Its old session is unknown to the broker, and the stored password is no longer right.
    rig.clock.advance(20_000);
    expect(await ann.test({ id: account!.id })).toMatchObject({
      health: {
        state: 'read_only',
        problem: {
          brokerCode: 'error.security.invalid-details',
          message: expect.stringContaining('Check both'),
        },
      },
    });
    expect(await problem(ann.updateCredentials({ id: account!.id, password: 'a guess' }))).toMatchObject({
      code: 'broker.login_failed',
    });
    expect(await ann.updateCredentials({ id: account!.id, password: 'a new one' })).toMatchObject({
      health: { state: 'up', problem: null },
    });
    for (const each of await rig.accounts.all())
      expect(await rig.accounts.credentialsOf(each)).toMatchObject({ password: 'a new one' });
    expect(await ann.test({ id: account!.id })).toMatchObject({ health: { state: 'up' } });
    expect((await problem(ann.updateCredentials({ id: account!.id }))).message).toContain('at least one');
  } finally {
    await changed.stop();
  }
});

test('an account that is disconnected while its new credentials are tried stays disconnected', async () => {
  let meanwhile = async () => {};
  await using rig = await accountRig({ visited: () => meanwhile() });
  const ann = await rig.as('ann');
  const [account] = (await ann.connect(janeTypes)).accounts;
  const { id } = account!;
  meanwhile = async () => void (await ann.disconnect({ id }));
  expect(await problem(ann.updateCredentials({ id, password: jane.password }))).toMatchObject({
    code: 'accounts.disconnected',
  });
  expect(await ann.get({ id })).toMatchObject({ disconnectedAt: rig.clock.now() });
  expect((await rig.told('ann')).at(-1)).toBe(`account.disconnected ${id}`);
});

test('all three credentials mend an account whose stored ones no longer open', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [account] = (await ann.connect(janeTypes)).accounts;
  await rig.database.db.update(brokerAccounts).set({ credentials: 'k0.gone.gone' });
  const { environment: _environment, ...given } = janeTypes;
  expect(await ann.updateCredentials({ id: account!.id, ...given })).toMatchObject({
    health: { state: 'up' },
  });
  expect(await rig.accounts.credentialsOf(account!)).toMatchObject({ password: jane.password });
});

test('credentials of another login are no new credentials of this one', async () => {
  const other = { ...jane, identifier: 'joe', apiKey: 'key-of-joe', accountId: 'JOE1', otherAccounts: [] };
  await using rig = await accountRig({ logins: [jane, other] });
  const ann = await rig.as('ann');
  const [account] = (await ann.connect(janeTypes)).accounts;
  expect(
    await problem(
      ann.updateCredentials({
        id: account!.id,
        identifier: 'joe',
        apiKey: 'key-of-joe',
        password: jane.password,
      }),
    ),
  ).toMatchObject({ code: 'accounts.other_login', message: expect.stringContaining('JANE1') });
  expect(await rig.accounts.credentialsOf(account!)).toMatchObject({ identifier: jane.identifier });
});

test('somebody who guesses is stopped before the broker locks the login', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const guess = () => problem(ann.connect({ ...janeTypes, password: 'wrong' }));
  for (let n = 0; n < 10; n++) expect(await guess()).toMatchObject({ code: 'broker.login_failed' });
  expect(await guess()).toMatchObject({ code: 'request.limited' });
});

test('nobody changes, or learns of, another user’s account', async () => {
  await using rig = await accountRig();
  const [account] = (await (await rig.as('ann')).connect(janeTypes)).accounts;
  const bob = await rig.as('bob');
  const { id } = account!;
  for (const tried of [
    () => bob.get({ id }),
    () => bob.test({ id }),
    () => bob.setDefault({ id }),
    () => bob.update({ id, name: 'mine' }),
    () => bob.updateCredentials({ id, password: 'x' }),
    () => bob.disconnect({ id }),
  ])
    expect(await problem(tried())).toMatchObject({ code: 'accounts.not_found' });
});

const answers = {
  'a page of HTML': '<html>back soon</html>',
  'a body cut half way': '{"accountId":"JA',
};
test.each(Object.entries(answers))(
  '%s where a login was asked for: in words, and nothing is stored',
  async (_what, body) => {
    await using server = await listen((_request, response) => response.end(body));
    await using rig = await accountRig({ endpoints: { demo: server.url } });
    expect(await problem((await rig.as('ann')).connect(janeTypes))).toMatchObject({
      code: 'broker.unavailable',
      message: expect.stringContaining('Try again'),
    });
    expect(await rig.rows()).toEqual([]);
  },
);

test('an address where nobody answers, and a certificate that does not verify, are told in words', async () => {
  await using closed = await listen((_request, response) => response.end());
  await closed[Symbol.asyncDispose]();
  await using away = await accountRig({ endpoints: { demo: closed.url } });
  expect(await problem((await away.as('ann')).connect(janeTypes))).toMatchObject({
    code: 'broker.unavailable',
    message: expect.stringContaining('nothing listens there'),
  });
  const server = createServer({ cert: certificate, key: certificateKey }, (_request, response) =>
    response.end('{}'),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await using forged = await accountRig({ endpoints: { demo: `https://127.0.0.1:${port}` } });
  expect(await problem((await forged.as('ann')).connect(janeTypes))).toMatchObject({
    code: 'broker.unavailable',
    message: expect.stringContaining('its certificate is signed by an authority that is not known here'),
  });
  server.close();
});
