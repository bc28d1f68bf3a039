// What an FTrader that was killed left running in its data folder: taken over when it answers, else ended. Spawns nothing.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { processIdentity, signal } from '../../data-folder/processes.ts';
import { askServer, findServer, isAlive, stopServer, waitUntilGone } from './server.ts';
import type { Server } from './server.ts';

const pollMs = 25;
const adoptTimeoutMs = 10_000;
const strayTimeoutMs = 10_000;

/**
 * The live server of `cluster` when it is ours and answers. Otherwise undefined, and (on Linux) nothing works in the
 * folder any more: a server that does not answer was stopped, strays have ended, a stale postmaster.pid is gone.
 */
export async function adopt(
  cluster: string,
  password: string,
  clock: Clock,
  logger: Logger,
): Promise<{ server: Server; port: number } | undefined> {
  const { server, port, processes } = findServer(cluster);
  if (server && port) {
    // It may be starting, recovering or shutting down.
    const giveUpAt = clock.monotonicMs() + adoptTimeoutMs;
    while (isAlive(server) && clock.monotonicMs() < giveUpAt) {
      const answer = await askServer(cluster, port, password);
      if (answer === 'ready') return { server, port };
      if (answer !== 'not yet') break;
      await pause(clock, pollMs);
    }
    if (!processes) return undefined; // off Linux the pid may be anybody's: what did not answer as ours is left alone
    if (isAlive(server)) {
      logger.warn(
        { pid: server.pid },
        'the PostgreSQL left by an earlier FTrader does not answer: stopping it',
      );
      await stopServer(server, clock);
    }
  }
  for (const pid of findServer(cluster).processes ?? []) await endStray(pid, clock);
  // PostgreSQL takes any live process with this pid for its server and refuses to start; nobody works here, so the file is stale.
  if (processes) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return undefined;
}

/** A child whose server ended ends by itself; until then it may still write. */
async function endStray(pid: number, clock: Clock): Promise<void> {
  const identity = processIdentity(pid);
  if (identity === undefined || (await waitUntilGone({ pid, identity }, strayTimeoutMs, clock))) return;
  signal(pid, 'SIGKILL');
  if (!(await waitUntilGone({ pid, identity }, strayTimeoutMs, clock)))
    throw new Error(`a process of an earlier PostgreSQL (pid ${pid}) does not end`);
}
