// The audit log held against its hashes by command: what it prints, and the exit code that a program looks at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createAuditSealing } from '../server/modules/audit/index.ts';
import { composeCommandAudit } from '../server/compose/audit.ts';
import { createIds } from '../server/lib/ids.ts';
import { silentLogger as logger } from '../server/lib/logger.ts';
import { createMetrics } from '../server/lib/metrics.ts';
import { noted } from '../server/testing/leftovers.ts';
import { inheritedEnv, projectRoot } from '../server/testing/processes.ts';
import { createManualClock } from '../server/testing/manual-clock.ts';
import { testDb } from '../server/testing/test-db.ts';

test('audit-verify says whether the log is whole, names what is not, and compares it with a hash that was noted', async () => {
  await using db = await testDb();
  const { database } = db;
  async function verify(...args: string[]) {
    const child = noted(
      spawn(process.execPath, ['scripts/audit-verify.ts', ...args], {
        cwd: projectRoot,
        env: { ...inheritedEnv(), DATABASE_URL: db.url },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let out = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (out += chunk));
    const [code] = await once(child, 'close');
    return { code, out };
  }
  const clock = createManualClock(new Date());
  const ground = {
    database,
    clock,
    ids: createIds(clock),
    logger,
    metrics: createMetrics(),
  };
  const audited = composeCommandAudit(ground as unknown as Parameters<typeof composeCommandAudit>[0]);
  for (const name of ['a', 'b\u001b[2J', 'c']) {
    await audited(`command.${name}`, 'x', async () => undefined);
    clock.advance(1); // of one millisecond their order is nobody's
  }
  await createAuditSealing({ database, clock, logger })();
  await audited('command.d', 'x', async () => undefined);

  const { code, out } = await verify();
  const [, noted3] =
    /^whole: 3 rows sealed, 1 row not sealed yet, 0 rows removed past their time\nnewest (3:[0-9a-f]{64})\n$/.exec(
      out,
    ) ?? [];
  expect([code, noted3], out).toEqual([0, expect.any(String)]);
  await database.pool.query(
    `begin; set local session_replication_role = replica; update audit_log set subject = 'y' where place = 2; commit`,
  );
  const [altered, json, twice, help] = await Promise.all([
    verify('--expect', `3:${'0'.repeat(64)}`),
    verify('--expect', noted3!, '--json'),
    verify('--expect', noted3!, '--expect', noted3!),
    verify('--help'),
  ]);
  expect(altered).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /^place 2 \(audit_\w+, command\.b\?\[2J, \S+Z\) does not fit its hash: .*\nplace 3 has another hash than the one that was noted: .*\nNOT WHOLE: 3 rows/,
    ),
  });
  expect([json!.code, JSON.parse(json!.out)]).toMatchObject([
    1,
    { ok: false, sealed: 3, unsealed: 1, findings: [{ kind: 'altered', row: { place: 2 } }] },
  ]);
  expect(twice).toMatchObject({ code: 2, out: expect.stringContaining('--expect names place 3 twice') });
  expect(help!.out).toContain('npm run audit-verify -- --expect 128:');
}, 240_000);
