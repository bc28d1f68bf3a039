// docs/signals.md as its reader tries it: every command runs against the product, and does what the text says.
import { desc, eq } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import { auditLog, signals } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../db/client.ts';
import { silentLogger } from '../lib/logger.ts';
import { noticed } from './noticed.ts';
import { runGuide } from './guide.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';

await describeWith('python', 'the commands of docs/signals.md', () => {
  test('a signal is made, tried dry, deals once for a key, is held to its size, closes, is told of, and ends with the keys of its owner', async () => {
    await using app = await testApp();
    await app.settled(30_000);
    const [, sent] = await runGuide('signals.md', { url: app.url });
    const [dry, , opened, again, refused, closed] = sent!
      .trim()
      .split(/(?<=\})(?=\{)/)
      .map((text) => JSON.parse(text));
    expect(dry).toMatchObject({ dryRun: true, deal: null, previews: [{ wouldBe: 'sent', size: '1' }] });
    expect(opened).toMatchObject({ deal: { status: 'accepted', replayed: false } });
    expect(again).toMatchObject({ deal: { id: opened.deal.id, replayed: true } });
    expect(refused).toMatchObject({
      code: 'signals.not_allowed',
      message: expect.stringContaining('size of 3'),
    });
    expect(closed).toMatchObject({ target: { netSize: '0' } });

    const database = createDatabase({ url: app.databaseUrl, logger: silentLogger, max: 2 });
    await using _closed = { [Symbol.asyncDispose]: () => database.close() };
    const [signal] = await database.db.select().from(signals);
    const { id, userId } = signal!;
    expect(await noticed(database, userId)).toContain('signal.refused');
    const rows = await vi.waitFor(async () => {
      const found = await database.db
        .select()
        .from(auditLog)
        .where(eq(auditLog.action, 'signals.receive'))
        .orderBy(desc(auditLog.at));
      expect(found.map(({ outcome }) => outcome)).not.toContain('started');
      return found;
    }, 10_000);
    expect(rows.map((row) => [row.userId, row.sessionId, row.outcome])).toEqual(
      rows.map(() => [userId, id, 'ok']),
    );
    expect(rows).toHaveLength(4); // what was refused did nothing
    expect(JSON.stringify(rows)).not.toContain('fts_');

    const ask = async (path: string, body: object, token?: string) =>
      fetch(`${app.url}/api/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
      });
    const login = { email: 'demo@ftrader.local', password: 'ftrader-demo' };
    const { accessToken } = (await (await ask('auth/login', login)).json()) as { accessToken: string };
    expect((await ask('auth/logout-everywhere', { apiKeys: true }, accessToken)).status).toBe(200);
    expect(await database.db.$count(signals)).toBe(0);
    expect(await (await ask(`signals/${id}`, { secret: 'fts_x' })).json()).toMatchObject({
      code: 'signals.unknown',
    });
  }, 120_000);
});
