// Spawning one PostgreSQL server on one port and waiting until it answers. Decides nothing about earlier servers.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pause } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { cleanEnvironment } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { openForOwner } from '../../lib/files.ts';
import type { OsUser } from '../../data-folder/os-user.ts';
import { processIdentity } from '../../data-folder/processes.ts';
import { askServer, isAlive, stopServer } from './server.ts';
import type { Server } from './server.ts';

/** Of a child just started; one that cannot be told from a later process could not be watched, and is ended. */
function identityOf(child: ChildProcess): string {
  try {
    return processIdentity(child.pid!) ?? 'exited at once';
  } catch (error) {
    child.kill('SIGQUIT');
    throw error;
  }
}

export interface Place {
  dataDir: string;
  cluster: string;
  binaries: Binaries;
  /** Whom the server runs as; undefined: as ourselves. */
  user: OsUser | undefined;
  password: string;
  durable: boolean;
}

const pollMs = 25;
/** Recovery after a crash replays at most max_wal_size (512 MB). */
const readyTimeoutMs = 120_000;
/** A port can be taken between choosing and binding; the stranger there refuses our password until our server has exited. */
const maxPasswordRefusals = 20;
const maxLogBytes = 5_000_000;

/** The server, once it answers; or why another attempt may fare better (port taken, another server in the folder). Throws when none will. */
export async function launch(place: Place, port: number, clock: Clock): Promise<Server | { retry: string }> {
  const { dataDir, cluster, binaries, user, password, durable } = place;
  const logPath = join(dataDir, 'postgres.log');
  const oldSize = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
  const log = openForOwner(logPath, oldSize > maxLogBytes ? 'w' : 'a');
  const logStart = oldSize > maxLogBytes ? 0 : oldSize;
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
  // Detached: a group of its own, so that Ctrl-C in the terminal reaches us alone and we can drain first.
  const child = spawn(binaries.postgres, ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])], {
    cwd: '/',
    env: cleanEnvironment,
    detached: true,
    stdio: ['ignore', log, log],
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  closeSync(log);
  if (child.pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
  child.unref();
  const server: Server = { pid: child.pid, identity: identityOf(child) };
  const giveUpAt = clock.monotonicMs() + readyTimeoutMs;
  for (let refusals = 0; isAlive(server) && clock.monotonicMs() < giveUpAt;) {
    const answer = await askServer(cluster, port, password);
    if (answer === 'ready' && isAlive(server)) return server;
    if (answer === 'wrong password' && ++refusals > maxPasswordRefusals) {
      await stopServer(server, clock);
      throw new Error(
        `PostgreSQL does not let us in. Is ${join(dataDir, 'postgres.password')} the one of this data folder? See ${logPath}`,
      );
    }
    await pause(clock, pollMs);
  }
  if (isAlive(server)) {
    await stopServer(server, clock);
    throw new Error(`PostgreSQL was not ready after ${readyTimeoutMs / 1000} s. See ${logPath}`);
  }
  const said = readFileSync(logPath).subarray(logStart).toString().trim();
  const reason = `PostgreSQL did not start: ${said.split('\n').slice(-3).join(' · ') || 'it said nothing'}. See ${logPath}`;
  if (/could not bind|Address already in use|lock file "postmaster.pid" already exists/.test(said))
    return { retry: reason };
  throw new Error(reason);
}

/** `wanted` when it can be bound, else a port the system chooses. */
export function freePort(wanted: number): Promise<number> {
  const valid = Number.isInteger(wanted) && wanted > 0 && wanted < 65_536;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (valid ? resolve(freePort(0)) : reject(error)));
    probe.listen({ port: valid ? wanted : 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
