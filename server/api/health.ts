// What orchestrators and dashboards ask: alive, ready, status, metrics. The judgement itself is the system module's.
import { timingSafeEqual } from 'node:crypto';
import { Router, type Request } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { SystemModule } from '../modules/system/index.ts';
import { refuseMethod } from './answer.ts';
import type { CallerOf } from './caller.ts';

export interface HealthDeps {
  system: Pick<SystemModule, 'readiness' | 'feeds' | 'version' | 'startedAt'>;
  metrics: Metrics;
  clock: Clock;
  /** Open WebSockets. */
  sockets: () => number;
  /** Opens /metrics to callers from elsewhere. */
  metricsToken: string | undefined;
}

export function createHealthRouter({
  system,
  metrics,
  clock,
  sockets,
  metricsToken,
  callerOf,
}: HealthDeps & { callerOf: CallerOf }): Router {
  const ageMs = (since: Date | null) => (since ? clock.now().getTime() - since.getTime() : null);
  metrics.gauge('ftrader_sockets', 'Open WebSockets', [], () => [{ value: sockets() }]);
  metrics.gauge('ftrader_feed_up', '1 while the feed is up', ['feed'], () =>
    system.feeds().map(({ feed, state }) => ({ labels: { feed }, value: state === 'up' ? 1 : 0 })),
  );
  metrics.gauge('ftrader_feed_items', 'Markets the feed streams', ['feed'], () =>
    system.feeds().map(({ feed, items }) => ({ labels: { feed }, value: items })),
  );

  const routes = Router();
  const onlyGet = refuseMethod(['GET', 'HEAD', 'OPTIONS']);
  routes
    .route('/livez')
    .get((_req, res) => void res.set('Cache-Control', 'no-store').json({ alive: true }))
    .all(onlyGet);
  routes
    .route('/readyz')
    .get(async (_req, res) => {
      const readiness = await system.readiness();
      res
        .status(readiness.ready ? 200 : 503)
        .set('Cache-Control', 'no-store')
        .json(readiness);
    })
    .all(onlyGet);
  routes
    .route('/status')
    .get((_req, res) => {
      const { rss, heapUsed } = process.memoryUsage();
      res.set('Cache-Control', 'no-store').json({
        name: 'FTrader',
        version: system.version,
        startedAt: system.startedAt,
        uptimeSeconds: Math.floor((ageMs(system.startedAt) ?? 0) / 1000),
        feeds: system.feeds().map((feed) => ({ ...feed, ageMs: ageMs(feed.since) })),
        sockets: sockets(),
        memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      });
    })
    .all(onlyGet);
  routes
    .route('/metrics')
    .get(async (req, res) => {
      if (!callerOf(req).isLocal && !bearsToken(req, metricsToken))
        throw new AppError('auth.required', {
          message: 'Metrics are for callers on this machine, or with the METRICS_TOKEN.',
        });
      res
        .set({ 'Cache-Control': 'no-store', 'Content-Type': metrics.contentType })
        .send(await metrics.text());
    })
    .all(onlyGet);
  return routes;
}

function bearsToken(req: Request, token: string | undefined): boolean {
  const [given, wanted] = [Buffer.from(req.headers.authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return token !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted);
}
