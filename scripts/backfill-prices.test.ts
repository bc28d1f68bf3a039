// `npm run backfill-prices`, beside a FTrader that runs.
import path from 'node:path';
import { expect, test } from 'vitest';
import { auditLog } from '../drizzle/schema/index.ts';
import { createDatabase } from '../server/db/client.ts';
import { silentLogger } from '../server/lib/logger.ts';
import { startProgram, temporaryFolder } from '../server/testing/processes.ts';
import { testApp } from '../server/testing/test-app.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const timeoutMs = 120_000;
const minute = 60_000;

async function arrange() {
  const app = await testApp();
  const folder = temporaryFolder('backfill');
  const env = { DATABASE_URL: app.databaseUrl, DATA_DIR: path.join(folder.path, 'data') };
  return {
    app,
    async command(...args: string[]) {
      await using command = startProgram('scripts/backfill-prices.ts', { cwd: folder.path, env, args });
      return { code: await command.exited, output: command.output() };
    },
    start: (...args: string[]) => startProgram('scripts/backfill-prices.ts', { cwd: folder.path, env, args }),
    /** The rows of the commands that bought something, the first one first. */
    async audited() {
      const database = createDatabase({ url: app.databaseUrl, logger: silentLogger, max: 1 });
      const rows = await database.db.select().from(auditLog).orderBy(auditLog.at);
      await database.close();
      return rows.filter(({ action }) => action === 'command.backfill-prices');
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test(
  'history is bought by the server that runs, a point a candle, and once: the same command finds nothing to do',
  async () => {
    await using rig = await arrange();
    const toMs = Math.floor(Date.now() / minute - 60) * minute;
    const range = [
      '--from',
      new Date(toMs - 700 * minute).toISOString(),
      '--to',
      new Date(toMs).toISOString(),
    ];
    const asked = [epic, '--resolution', 'MINUTE_5', ...range];
    const unasked = await rig.command(...asked);
    expect(unasked).toMatchObject({
      code: 2,
      output: expect.stringContaining('will spend 700 points at most'),
    });
    expect(unasked.output).toContain('there is no terminal to ask on; add --yes');
    const bought = await rig.command(...asked, '--yes');
    expect(bought).toMatchObject({ code: 0, output: expect.stringMatching(/done: 700 points spent\n$/) });
    const again = await rig.command(...asked, '--yes', '--json');
    expect(JSON.parse(again.output)).toMatchObject({ ok: true, missing: 0, points: 0, resolution: 'MINUTE' });
    const longer = ['--from', new Date(toMs - 710 * minute).toISOString(), ...range.slice(2)];
    expect((await rig.command(epic, ...longer, '--yes')).output).toMatch(/done: 10 points spent\n$/);
    const refused = await rig.command('XX.D.NOTHING.CFD.IP', ...range, '--yes');
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('0 points were spent') });
    expect(await rig.audited()).toMatchObject([
      { subject: epic, outcome: 'ok', after: { epic, resolution: 'MINUTE', points: 700 } },
      { subject: epic, after: { points: 10 } },
      { subject: 'XX.D.NOTHING.CFD.IP' },
    ]);
    // The broker's own reason, since the command has no error object to look it up in.
    expect(refused.output).toContain('The broker refused the request: error.');
  },
  timeoutMs,
);

test(
  'of what is over for less than the broker may still correct nothing can be bought yet, which is said',
  async () => {
    await using rig = await arrange();
    const justNow = await rig.command(epic, '--from', new Date(Date.now() - minute).toISOString(), '--yes');
    expect(justNow).toMatchObject({ code: 2, output: expect.stringContaining('cannot be bought yet') });
    const today = new Date().toISOString();
    const hour = await rig.command(epic, '--resolution', 'HOUR', '--from', `${today.slice(0, 13)}:00:00Z`);
    expect(hour).toMatchObject({ code: 2, output: expect.stringContaining('cannot be bought yet') });
  },
  timeoutMs,
);

test(
  'stopped by Ctrl-C it says so, and the same command goes on from there',
  async () => {
    await using rig = await arrange();
    const database = createDatabase({ url: rig.app.databaseUrl, logger: silentLogger, max: 1 });
    try {
      const toMs = Math.floor(Date.now() / minute - 60) * minute;
      const range = [
        '--from',
        new Date(toMs - 9_000 * minute).toISOString(),
        '--to',
        new Date(toMs).toISOString(),
      ];
      await using first = rig.start(epic, ...range, '--yes');
      const spent = async () => {
        const { rows } = await database.pool.query<{ points: number }>(
          'select points from candle_backfills order by created_at limit 1',
        );
        return rows[0]?.points ?? 0;
      };
      await expect.poll(spent, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
      first.child.kill('SIGINT');
      expect(await first.exited).toBe(1);
      expect(first.output()).toMatch(/stopped after [\d,]+ points: what was bought stays/);
      const second = await rig.command(epic, ...range, '--yes', '--json');
      const { points } = JSON.parse(second.output) as { points: number };
      expect((await spent()) + points).toBe(9_000);
    } finally {
      await database.close();
    }
  },
  timeoutMs,
);

test(
  'what it cannot do is said before anything is asked',
  async () => {
    using folder = temporaryFolder('backfill');
    for (const [args, problem] of [
      [[], 'name one market by its epic'],
      [[epic, '--resolution', 'FORTNIGHT', '--from', '2026-01-01'], '--resolution is one of SECOND'],
    ] as const) {
      await using command = startProgram('scripts/backfill-prices.ts', { cwd: folder.path, args: [...args] });
      expect([await command.exited, command.output()]).toEqual([2, expect.stringContaining(problem)]);
    }
  },
  timeoutMs,
);
