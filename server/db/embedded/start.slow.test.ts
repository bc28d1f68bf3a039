import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPidFile } from './server.ts';
import { folder, query, start, startChild } from './testing/kit.ts';

test(
  'an orphan that hangs is ended, and a fresh server finds what was committed',
  { timeout: 60_000 },
  async () => {
    const dataDir = folder();
    const { child, next } = startChild(dataDir);
    const { url } = await next();
    await query(url, 'create table kept as select 42 as answer');
    child.kill('SIGKILL');
    await once(child, 'exit');
    process.kill(readPidFile(join(dataDir, 'postgres'))?.pid ?? 0, 'SIGSTOP');
    const postgres = await start(dataDir);
    expect(postgres.adopted).toBe(false);
    expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  },
);
