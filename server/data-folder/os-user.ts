// Whom PostgreSQL runs as: ourselves, or as root (which it refuses) another user. Asks the system, keeps nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface OsUser {
  name: string;
  uid: number;
  gid: number;
}

/** Users that may serve, best first. `ftrader` is the one we make when there is no `postgres`. */
const ownUser = 'ftrader';
const candidates = ['postgres', ownUser];

/**
 * The user to run PostgreSQL as, or undefined for ourselves (not root, or no such thing as root).
 * A cluster that exists keeps its owner. As root on a machine without `postgres`, makes the system user `ftrader`.
 */
export function databaseUser(cluster: string): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = existsSync(cluster) ? statSync(cluster).uid : 0;
  const users = readUsers();
  const known = users.find((user) => user.uid === owner && owner !== 0);
  if (known) return known;
  const named = candidates
    .map((name) => users.find((user) => user.name === name))
    .find((user) => user !== undefined);
  if (named) return named;
  spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', ownUser],
    { stdio: 'ignore' },
  );
  const after = readUsers();
  const user = after.find(({ name }) => name === ownUser) ?? after.find(({ name }) => name === 'nobody');
  if (!user)
    throw new Error(
      'PostgreSQL does not run as root and this machine has no other user for it. Start FTrader as a plain user, or set DATABASE_URL.',
    );
  return user;
}

/** `dir`, or the folder closest above it that exists. */
export function existingPart(dir: string): string {
  let existing = dir;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return existing;
}

/** Whether `user` may enter `dir`, or what exists of it. Tried, not computed: access lists and mounts count too. */
export function mayEnter(user: OsUser, dir: string): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', existingPart(dir)], {
      cwd: '/',
      uid: user.uid,
      gid: user.gid,
      stdio: 'ignore',
    }).status === 0
  );
}

function readUsers(): OsUser[] {
  const lines = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  return lines
    .map((line) => line.split(':'))
    .flatMap(([name, , uid, gid]) =>
      name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [],
    );
}
