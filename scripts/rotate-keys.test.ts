// New encryption keys by command, as an operator types it: a real server whose keys are in its .env, and the command beside it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { auditLog, brokerAccounts } from '../drizzle/schema/index.ts';
import { loadSecrets } from '../server/data-folder/index.ts';
import { createKeyring, keyNameOf } from '../server/lib/seal.ts';
import { signIn } from '../server/testing/kit.ts';
import { startProgram, temporaryFolder } from '../server/testing/processes.ts';
import { testDb } from '../server/testing/test-db.ts';

const timeoutMs = 120_000;
const pair = (name: string, byte: number) => `${name}:${Buffer.alloc(32, byte).toString('base64')}`;
const [k1, k2] = [pair('k1', 7), pair('k2', 8)];
const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' as const, size: '1' };

async function rotate(cwd: string, env: Record<string, string>, ...args: string[]) {
  await using command = startProgram('scripts/rotate-keys.ts', { cwd, env, args });
  return { code: await command.exited, output: command.output() };
}

test(
  'a key that is put in front in .env is the key of all rows after the command, and the server that runs deals on; its environment alone would not do',
  async () => {
    await using db = await testDb();
    using folder = temporaryFolder('keys');
    const file = path.join(folder.path, '.env');
    const write = (keys: string) => writeFileSync(file, `ENCRYPTION_KEYS=${keys}\n`);
    write(k1);
    const env = {
      DATABASE_URL: db.url,
      PORT: '0',
      DATA_DIR: path.join(folder.path, 'data'),
      SEED_DEMO: 'off',
    };
    await using server = startProgram('server/main/all.ts', { cwd: folder.path, env });
    const [, url] = await server.printed(/Page +(http:\/\/\S+?)\/?\s/);
    await using trader = signIn(url!);
    const deal = (idempotencyKey: string) =>
      trader.api.trading.openPosition.mutate({ ...order, idempotencyKey });
    expect(await deal('before-it')).toMatchObject({ status: 'accepted' });

    const unknown = await rotate(folder.path, { ...env, ENCRYPTION_KEYS: `${k2},${k1}` });
    expect(unknown).toMatchObject({ code: 1, output: expect.stringMatching(/does not know the key k2/) });
    write(`${k2},${k1}`);
    const done = await rotate(folder.path, env);
    expect(done.output).toMatch(
      /^1 account and \d broker sessions? sealed anew under k2; 1 running server has been told\nk1 is used by no row any more and may be removed from ENCRYPTION_KEYS; keep it/,
    );
    expect(done.code).toBe(0);
    const [account] = await db.database.db.select().from(brokerAccounts);
    expect(keyNameOf(account!.credentials)).toBe('k2');
    expect(await deal('after-it')).toMatchObject({ status: 'accepted' });
    const again = await rotate(folder.path, env, '--json');
    expect(JSON.parse(again.output), again.output).toMatchObject({
      ok: true,
      newest: 'k2',
      changed: { accounts: 0 },
    });
    const audited = (await db.database.db.select().from(auditLog)).filter(
      ({ action }) => action === 'command.rotate-keys',
    );
    expect(audited.map(({ subject, outcome }) => `${subject} ${outcome}`)).toEqual([
      'k2 request.invalid',
      'k2 ok',
      'k2 ok',
    ]);
    expect(audited[1]).toMatchObject({
      before: { keys: ['k2', 'k1'] },
      after: { newest: 'k2', changed: { accounts: 1 } },
    });
    for (const { output } of [unknown, done, again])
      for (const key of [k1, k2]) expect(output).not.toContain(key.split(':')[1]);
  },
  timeoutMs,
);

test(
  'without ENCRYPTION_KEYS the data folder keeps the keys: --new-key and --new-signing-key make one there, and without its file nothing is made up',
  async () => {
    await using db = await testDb();
    using folder = temporaryFolder('keys');
    const env = { DATABASE_URL: db.url, DATA_DIR: folder.path };
    expect(await rotate(folder.path, env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('there are no keys: ENCRYPTION_KEYS is not set'),
    });
    loadSecrets(folder.path);
    expect((await rotate(folder.path, env)).output).toMatch(/npm run rotate-keys -- --new-key\n$/);
    const { code, output } = await rotate(folder.path, env, '--new-key');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^every row is sealed under k2 already\nk1 is used by no row any more/),
    });
    const kept = JSON.parse(readFileSync(path.join(folder.path, 'secrets.json'), 'utf8')) as {
      encryptionKeys: string[];
    };
    expect(createKeyring(() => kept.encryptionKeys).names()).toEqual(['k2', 'k1']);
    const signing = loadSecrets(folder.path).secretKey;
    expect(await rotate(folder.path, env, '--new-signing-key')).toMatchObject({ code: 0 });
    expect(loadSecrets(folder.path)).toMatchObject({
      secretKey: expect.not.stringMatching(signing),
      formerSecretKeys: [signing],
    });
    const inTheWay = await rotate(folder.path, { ...env, ENCRYPTION_KEYS: k1 }, '--new-key');
    expect(inTheWay).toMatchObject({ code: 2, output: expect.stringContaining('only you can change it') });
  },
  timeoutMs,
);
