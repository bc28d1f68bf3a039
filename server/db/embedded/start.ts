// Starting embedded PostgreSQL and keeping it up: adopt or spawn, watch, stop. Our own process management, because the
// npm package's exits on SIGINT before a drain can end and cannot deal with orphans.
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { createBudget } from '../../lib/budget.ts';
import { once } from '../../lib/once.ts';
import { adopt } from './adopt.ts';
import { prepareBinaries } from './binaries.ts';
import { ensureCluster, loadPassword } from './cluster.ts';
import { clusterFolder, prepareDataDir } from '../../data-folder/data-dir.ts';
import { readIfExists, writeFileDurably } from '../../lib/files.ts';
import { freePort, launch } from './launch.ts';
import type { Place } from './launch.ts';
import { databaseUser, mayEnter } from '../../data-folder/os-user.ts';
import { databaseUrl, isAlive, stopServer } from './server.ts';
import type { Server } from './server.ts';

export interface EmbeddedPostgres {
  /** Address of the database, password included. */
  url: string;
  port: number;
  /** True when a server that was already running for this folder was taken over. */
  adopted: boolean;
  /** Shuts the server down and resolves when its process is gone. Safe to call twice. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Made if missing. The caller holds its lock (data-folder/lock.ts). */
  dataDir: string;
  logger: Logger;
  clock?: Clock;
  /** False trades safety when the machine fails for speed; for databases that are thrown away. */
  durable?: boolean;
}

const maxStartAttempts = 5;
/** A server that ended (out of memory, killed by hand) is started again on the same port, so often within the time. */
const maxRevivals = { count: 20, withinMs: 600_000 };
const watchMs = 500;

/** Starts PostgreSQL on a free port of 127.0.0.1, first making the cluster if there is none. Throws with the sentence to act on. */
export async function startEmbeddedPostgres({
  logger,
  clock = systemClock,
  durable = true,
  ...options
}: StartOptions): Promise<EmbeddedPostgres> {
  const dataDir = prepareDataDir(options.dataDir);
  const cluster = clusterFolder(dataDir);
  const user = databaseUser(cluster);
  if (user && !mayEnter(user, dataDir))
    throw new Error(
      `PostgreSQL runs as ${user.name} because it refuses to run as root, and ${user.name} may not enter ${dataDir}. Choose another folder: DATA_DIR=/another/folder`,
    );
  const binaries = prepareBinaries(dataDir, user);
  const password = loadPassword(dataDir, createIds(clock));
  const place: Place = { dataDir, cluster, binaries, user, password, durable };
  await ensureCluster(place);
  const portFile = join(dataDir, 'postgres.port');
  const lastPort = Number(readIfExists(portFile));
  const started = await startOnFreePort(place, lastPort, clock, logger);
  if (started.port !== lastPort) writeFileDurably(portFile, `${started.port}\n`);
  return supervise(place, started, clock, logger);
}

interface Started {
  server: Server;
  port: number;
  adopted: boolean;
}

async function startOnFreePort(place: Place, wanted: number, clock: Clock, logger: Logger): Promise<Started> {
  let reason = '';
  for (let attempt = 0; attempt < maxStartAttempts; attempt++) {
    const orphan = await adopt(place.cluster, place.password, clock, logger);
    if (orphan) return { ...orphan, adopted: true };
    const port = await freePort(attempt === 0 ? wanted : 0);
    const server = await launch(place, port, clock);
    if ('pid' in server) return { server, port, adopted: false };
    reason = server.retry;
  }
  throw new Error(reason);
}

function supervise(place: Place, started: Started, clock: Clock, logger: Logger): EmbeddedPostgres {
  const { port, adopted } = started;
  let { server } = started;
  const revivals = createBudget({ clock, ...maxRevivals });
  let stopping: Promise<void> | undefined;
  let reviving = false;
  const revive = once(async () => {
    reviving = true;
    logger.error({ pid: server.pid, left: revivals.left() }, 'PostgreSQL died: starting it again');
    try {
      const found = await adopt(place.cluster, place.password, clock, logger); // waits for the dead server's children
      const next = found?.server ?? (await launch(place, port, clock));
      if ('pid' in next) server = next;
      else logger.error(next.retry);
    } catch (err) {
      logger.error({ err }, 'PostgreSQL did not come back');
    } finally {
      reviving = false;
    }
  });
  const unwatch = clock.every(watchMs, () => {
    if (!isAlive(server) && !reviving && revivals.take()) void revive();
  });
  async function stop() {
    unwatch();
    await revive.idle();
    await stopServer(server, clock);
  }
  return { url: databaseUrl(port, place.password), port, adopted, stop: () => (stopping ??= stop()) };
}
