// New encryption keys on a running installation: what `npm run rotate-keys` does, in this process. The command itself: scripts/rotate-keys.test.ts.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import {
  brokerAccounts,
  brokerSessions,
  totpSecrets,
  webhooks,
  webhookSecrets,
} from '../../drizzle/schema/index.ts';
import { openCredentials } from '../modules/accounts/credentials.ts';
import { surveyKeys } from '../db/sealed-rows.ts';
import { sealedSessions } from '../ig/index.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { createKeyring, createSealer, keyNameOf, type Sealer } from '../lib/seal.ts';
import { sealedCredentials } from '../modules/accounts/index.ts';
import { accountRig, jane, janeTypes } from '../testing/account-rig.ts';
import { signIn } from '../testing/kit.ts';
import { addAccount, addUser } from '../testing/people.ts';
import { testApp, testSecrets } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';
import { openGround } from './ground.ts';
import { rotateKeys } from './rotation.ts';

const timeoutMs = 90_000;
const pair = (name: string, byte: number) => `${name}:${Buffer.alloc(32, byte).toString('base64')}`;
const [k1, k2] = [pair('k1', 7), pair('k2', 8)];
const before = createSealer([k1]);
const after = createKeyring(() => [k2, k1]);
const login = { identifier: 'ann', password: 'secret', apiKey: 'key' };

async function commandOn(databaseUrl: string) {
  const lifecycle = createLifecycle(logger);
  onTestFinished(() => lifecycle.close());
  return openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger });
}

/** An installation that nobody runs: accounts, sessions of its logins, an authenticator and a webhook, sealed as `sealer` does. */
async function sealedRows(ids: readonly string[], sealer: Sealer) {
  const db = await testDb();
  onTestFinished(() => db[Symbol.asyncDispose]());
  const ground = await commandOn(db.url);
  await addUser(db.database, { id: 'user_1' });
  for (const id of ids) {
    const credentials = sealer.seal(JSON.stringify(login), `broker_accounts/${id}`);
    await addAccount(db.database, 'user_1', { id, credentials });
    const tokens = sealer.seal('{}', `broker_sessions:${id}`);
    await db.database.db.insert(brokerSessions).values({ login: id, tokens });
  }
  const secret = sealer.seal('NB2W45DFOIZA====', 'totp:user_1');
  await db.database.db.insert(totpSecrets).values({ userId: 'user_1', secret, createdAt: new Date(0) });
  await db.database.db.insert(webhooks).values({
    id: 'whk_1',
    userId: 'user_1',
    name: 'bot',
    url: 'https://bot.invalid/',
    state: 'active',
    createdAt: new Date(0),
    updatedAt: new Date(0),
  });
  const signs = sealer.seal('whsec_AAAA', 'webhook-secret:whs_1');
  await db.database.db
    .insert(webhookSecrets)
    .values({ id: 'whs_1', webhookId: 'whk_1', secret: signs, createdAt: new Date(0) });
  return {
    ground,
    database: db.database,
    webhookSecrets: () => db.database.db.select().from(webhookSecrets),
    accounts: () => db.database.db.select().from(brokerAccounts).orderBy(brokerAccounts.id),
    sessions: () => db.database.db.select().from(brokerSessions).orderBy(brokerSessions.login),
    authenticators: () => db.database.db.select().from(totpSecrets),
  };
}
const noServers = { mayRun: false, dropLostSessions: false };

test('every credential, session, authenticator and webhook’s secret is sealed anew under the newest key and opens as before; keys without a row are named', async () => {
  const { ground, accounts, sessions, authenticators, ...rows } = await sealedRows(
    ['acct_1', 'acct_2', 'acct_3'],
    before,
  );
  expect(await rotateKeys(ground, after, noServers)).toMatchObject({
    newest: 'k2',
    changed: [{ rows: 3 }, { rows: 3 }, { rows: 1 }, { rows: 1 }],
    unused: ['k1'],
    used: [],
  });
  const alone = createSealer([k2]);
  for (const row of await accounts()) expect(openCredentials(alone, row)).toEqual(login);
  for (const row of await sessions())
    expect(alone.open(row.tokens!, `broker_sessions:${row.login}`)).toBe('{}');
  for (const row of await authenticators())
    expect(alone.open(row.secret, 'totp:user_1')).toBe('NB2W45DFOIZA====');
  for (const row of await rows.webhookSecrets())
    expect(alone.open(row.secret, 'webhook-secret:whs_1')).toBe('whsec_AAAA');
  expect(await rotateKeys(ground, after, noServers)).toMatchObject({
    changed: [{ rows: 0 }, { rows: 0 }, { rows: 0 }, { rows: 0 }],
  });
});

test('a run that is broken off has told each account it changed and lost none; the next one does the rest', async () => {
  const { ground, accounts } = await sealedRows(['acct_1', 'acct_2', 'acct_3'], before);
  const told: string[] = [];
  const breaksOff = {
    ...ground,
    bus: {
      ...ground.bus,
      publish: (_channel: string, _key: string, message: object) => {
        told.push((message as { id: string }).id);
        if (told.length === 2) throw new Error('the power went');
      },
    },
  };
  await expect(rotateKeys(breaksOff, after, noServers)).rejects.toThrow('the power went');
  expect(told).toEqual(['acct_1', 'acct_2']);
  expect((await accounts()).map(({ credentials }) => keyNameOf(credentials))).toEqual(['k2', 'k2', 'k1']);
  for (const row of await accounts()) expect(openCredentials(after, row)).toEqual(login);
  expect(await rotateKeys(ground, after, noServers)).toMatchObject({
    changed: [{ rows: 1 }, { rows: 3 }, { rows: 1 }, { rows: 1 }],
    unused: ['k1'],
  });
});

test.each([
  ['a key that is not given', createSealer([pair('k0', 5)]), 'sealed under the key k0, which is not given'],
  ['another key of the same name', createSealer([pair('k1', 5)]), 'another one has had this name'],
])('a row under %s stops it before anything is changed', async (_what, other, words) => {
  const { ground, database, accounts } = await sealedRows(['acct_1', 'acct_2'], before);
  const lost = other.seal(JSON.stringify(login), 'broker_accounts/acct_2');
  await database.db.update(brokerAccounts).set({ credentials: lost }).where(eq(brokerAccounts.id, 'acct_2'));
  await expect(rotateKeys(ground, after, noServers)).rejects.toThrow(
    new RegExp(`^nothing was changed: 1 account \\(acct_2\\) is .*${words}.*updateCredentials`),
  );
  expect((await accounts()).map(({ credentials }) => keyNameOf(credentials))).toEqual([
    'k1',
    keyNameOf(lost),
  ]);
});

test('an authenticator that no key opens stops it, with what helps its user', async () => {
  const { ground, database } = await sealedRows(['acct_1'], before);
  const secret = createSealer([pair('k0', 5)]).seal('NB2W45DFOIZA====', 'totp:user_1');
  await database.db.update(totpSecrets).set({ secret });
  await expect(rotateKeys(ground, after, noServers)).rejects.toThrow(
    /^nothing was changed: 1 authenticator \(user_1\) is sealed under the key k0.*two-factor-off EMAIL/,
  );
});

test('a session that no key opens stops it too, until it may be forgotten', async () => {
  const { ground, sessions } = await sealedRows(['acct_1'], createSealer([pair('k0', 5)]));
  await ground.database.db
    .update(brokerAccounts)
    .set({ credentials: before.seal(JSON.stringify(login), 'broker_accounts/acct_1') });
  await ground.database.db
    .update(totpSecrets)
    .set({ secret: before.seal('NB2W45DFOIZA====', 'totp:user_1') });
  await ground.database.db
    .update(webhookSecrets)
    .set({ secret: before.seal('whsec_AAAA', 'webhook-secret:whs_1') });
  await expect(rotateKeys(ground, after, noServers)).rejects.toThrow(
    /1 broker session .*--drop-lost-sessions/,
  );
  expect(await rotateKeys(ground, after, { ...noServers, dropLostSessions: true })).toMatchObject({
    dropped: 1,
  });
  expect(await sessions()).toMatchObject([{ tokens: null }]);
});

test('an account that is renamed or disconnected at the same moment is as its owner left it, and under the newest key', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const { accounts } = await ann.connect(janeTypes);
  const [first, second] = accounts.map(({ id }) => id);
  const rows = sealedCredentials(rig.database.db);
  const keyring = createKeyring(() => [k2, `test:${Buffer.alloc(32, 7).toString('base64')}`]);
  const reseal = (id: string) =>
    rows.change(id, (sealed) => keyring.seal(keyring.open(sealed, rows.placeOf(id)), rows.placeOf(id)));
  await Promise.all([
    ...Array.from({ length: 20 }, (_, n) => ann.update({ id: first!, name: `Name ${n}` })),
    reseal(first!),
    ann.disconnect({ id: second! }),
    reseal(second!),
  ]);
  const rowsNow = await rig.rows();
  const [kept, left] = [first, second].map((id) => rowsNow.find((row) => row.id === id));
  expect(openCredentials(keyring, kept!)).toMatchObject({ password: jane.password });
  expect(kept).toMatchObject({
    credentials: expect.stringMatching(/^k2\./),
    name: expect.stringMatching(/^Name/),
  });
  expect(left).toMatchObject({ credentials: '', disconnectedAt: expect.any(Date) });
});

test(
  'servers that run go on dealing and streaming under new keys without a restart; one that would not know them stops the change',
  async () => {
    let kept = testSecrets.encryptionKeys;
    const [old] = kept;
    const reading = { ...testSecrets, readKeys: () => kept };
    await using app = await testApp({ secrets: reading });
    await using trader = signIn(app.url);
    const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' as const, size: '1' };
    const deal = (idempotencyKey: string) =>
      trader.api.trading.openPosition.mutate({ ...order, idempotencyKey });
    expect(await deal('before-it')).toMatchObject({ status: 'accepted' });
    const streams = () => app.simulator!.stats().streams;
    await expect.poll(streams, { timeout: 20_000 }).toBe(2);

    const ground = await commandOn(app.databaseUrl);
    const keyring = createKeyring(() => [k2, old!]);
    const running = { mayRun: true, dropLostSessions: false };
    await expect(rotateKeys(ground, keyring, running)).rejects.toThrow(
      /^nothing was changed: .*process \d+ does not know the key k2\. Start it again with ENCRYPTION_KEYS=k2:/,
    );
    {
      await using _fixed = await testApp({
        databaseUrl: app.databaseUrl,
        roles: ['worker', 'api'],
        secrets: { ...testSecrets, encryptionKeys: [old!, k2] },
      });
      kept = [k2, old!];
      const { servers, behind, unused } = await rotateKeys(ground, keyring, running);
      expect({ servers, behind: behind.length, unused }).toEqual({ servers: 2, behind: 1, unused: ['k1'] });
    }
    const tables = [sealedCredentials(ground.database.db), sealedSessions(ground.database.db)];
    expect([
      ...(
        await surveyKeys(
          createKeyring(() => [k2]),
          tables,
        )
      ).byKey.keys(),
    ]).toEqual(['k2']);
    expect(await deal('after-it')).toMatchObject({ status: 'accepted' });
    expect(streams()).toBe(2);
  },
  timeoutMs,
);

test(
  'a server that runs and does not answer, as behind a pooler that swallows notifications, stops it',
  async () => {
    const { ground: real, database } = await sealedRows(['acct_1'], before);
    // Nobody is there who could answer, however long it waits.
    const ground = {
      ...real,
      clock: { ...real.clock, after: (_ms: number, run: () => void) => real.clock.after(0, run) },
    };
    await database.pool.query(
      `insert into leases (name, holder, epoch, expires_at) values ('demo', 'gateway_1', 1, clock_timestamp() + interval '1 minute')`,
    );
    await expect(rotateKeys(ground, after, { ...noServers, mayRun: true })).rejects.toThrow(
      /a server runs on this database, and it does not answer/,
    );
    await database.pool.query('delete from leases');
    expect(await rotateKeys(ground, after, { ...noServers, mayRun: true })).toMatchObject({ servers: 0 });
  },
  timeoutMs,
);
