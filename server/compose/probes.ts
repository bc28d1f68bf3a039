// Probes and metrics of a process without the API role.
import { createCallerOf } from '../api/caller.ts';
import { createHttpServer } from '../api/http.ts';
import { listen, type Wanted } from '../api/listen.ts';
import { createProbeApp } from '../api/probes.ts';
import type { Config } from '../config.ts';
import { createGroundParts } from '../modules/system/index.ts';
import type { Ground } from './ground.ts';

/** Listens when it resolves; gives its address, and what is not well, a line each. */
export async function startProbes(
  { lifecycle, logger: parent, clock, ids, metrics, database, bus }: Ground,
  {
    config: { production, trustedProxies, allowedHosts, metricsToken },
    wanted,
  }: { config: Config; wanted: Wanted },
): Promise<{ url: string; problems: () => Promise<string[]> }> {
  const logger = parent.child({ part: 'health' });
  const ground = createGroundParts({
    clock,
    database: () => database.trouble(),
    bus: () => bus.connected,
  });
  const app = createProbeApp({
    async readiness() {
      const parts = await ground();
      return { ready: Object.values(parts).every(({ ok }) => ok), parts };
    },
    callerOf: createCallerOf({ trustedProxies, production }),
    hosts: { allowedHosts, host: wanted.host },
    metricsToken,
    production,
    metrics,
    logger,
    clock,
    ids,
  });
  const listening = await listen(createHttpServer({ app, ids }), { ...wanted, clock });
  lifecycle.onClose('probes', () => listening.close());
  if (listening.movedFrom !== undefined)
    logger.info(`port ${listening.movedFrom} is taken: using ${listening.port}`);
  return {
    url: listening.urls[0],
    problems: async () =>
      Object.entries(await ground())
        .filter(([, { ok }]) => !ok)
        .map(([name, { detail }]) => `${name}: ${detail}`),
  };
}
