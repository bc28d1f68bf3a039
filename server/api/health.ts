// What orchestrators and dashboards ask: alive, ready, status, metrics. The judgement itself is the system module's.
import { Router, type Request, type Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { FeedHealth } from '../../shared/system.ts';
import type { AccountCounts, Part, SystemModule } from '../modules/system/index.ts';
import { refuseMethod } from './answer.ts';
import { refuseBody } from './body.ts';
import type { ContextFactory } from './context.ts';
import type { RequestLimiter } from './limiter.ts';
import { statusPage, type Figures } from './status-page.ts';

export interface ProbeDeps {
  readiness: () => Promise<{ ready: boolean; parts: Record<string, Part> }>;
  metrics: Metrics;
  /** Whether a program on this machine asks, or who bears METRICS_TOKEN. */
  isOperator: (req: Request) => boolean;
}

const onlyGet = refuseMethod(['GET', 'HEAD', 'OPTIONS']);

/** What every role answers: alive, ready, metrics. */
export function createProbeRouter({ readiness, metrics, isOperator }: ProbeDeps): Router {
  const routes = Router();
  routes
    .route('/livez')
    .get(refuseBody, (_req, res) => void res.set('Cache-Control', 'no-store').json({ alive: true }))
    .all(onlyGet);
  routes
    .route('/readyz')
    .get(refuseBody, async (_req, res) => {
      const answer = await readiness();
      res
        .status(answer.ready ? 200 : 503)
        .set('Cache-Control', 'no-store')
        .json(answer);
    })
    .all(onlyGet);
  routes
    .route('/metrics')
    .get(refuseBody, async (req, res) => {
      if (!isOperator(req))
        throw new AppError('auth.required', {
          message:
            'Metrics are for programs on this machine: from elsewhere send METRICS_TOKEN as "Authorization: Bearer <token>".',
        });
      res
        .set({ 'Cache-Control': 'no-store', 'Content-Type': metrics.contentType })
        .send(await metrics.text());
    })
    .all(onlyGet);
  return routes;
}

export interface HealthDeps {
  system: Pick<
    SystemModule,
    'readiness' | 'feeds' | 'ownFeeds' | 'loginFeeds' | 'accounts' | 'version' | 'startedAt'
  >;
  metrics: Metrics;
  clock: Clock;
  /** What is open: WebSockets, known callers' or not; HTTP event streams; the subscriptions on both. */
  open: () => { sockets: number; eventStreams: number; subscriptions: number };
  contexts: Pick<ContextFactory, 'forHttp' | 'isOperator'>;
  limiter: Pick<RequestLimiter, 'spend'>;
}

export function createHealthRouter({ system, metrics, clock, open, contexts, limiter }: HealthDeps): Router {
  const ageMs = (since: Date | null) => (since ? Math.max(0, clock.now().getTime() - since.getTime()) : null);
  metrics.gauge('ftrader_sockets', 'Open WebSockets', [], () => [{ value: open().sockets }]);
  metrics.gauge('ftrader_event_streams', 'Open HTTP event streams', [], () => [
    { value: open().eventStreams },
  ]);
  metrics.gauge('ftrader_subscriptions', 'Subscriptions on sockets and event streams', [], () => [
    { value: open().subscriptions },
  ]);
  metrics.gauge('ftrader_feed_up', '1 while the feed is up', ['feed'], () =>
    system.feeds().map(({ feed, state }) => ({ labels: { feed }, value: state === 'up' ? 1 : 0 })),
  );
  metrics.gauge(
    'ftrader_feed_tick_age_seconds',
    'Since the last tick of the feed arrived here',
    ['feed'],
    () =>
      system
        .feeds()
        .flatMap(({ feed, tickAgeMs }) =>
          tickAgeMs === null ? [] : [{ labels: { feed }, value: tickAgeMs / 1000 }],
        ),
  );
  metrics.gauge('ftrader_feed_items', 'Markets the feed streams', ['feed'], () =>
    system.feeds().map(({ feed, items }) => ({ labels: { feed }, value: items ?? 0 })),
  );

  const withAge = (feed: FeedHealth) => ({ ...feed, ageMs: ageMs(feed.since) });
  /** What anybody may know; of one's own feeds (`own`) all. */
  const states = (accounts: AccountCounts | null, own: readonly FeedHealth[]) => ({
    name: 'FTrader',
    accounts,
    loginFeeds: system.loginFeeds(),
    feeds: [
      ...system.feeds().map(({ feed, state, since, tickAgeMs }) => ({
        feed,
        state,
        ageMs: ageMs(since),
        tickAgeMs,
      })),
      ...own.map(withAge),
    ],
  });
  function figures(accounts: AccountCounts | null, own: readonly FeedHealth[]) {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      name: 'FTrader',
      version: system.version,
      startedAt: system.startedAt,
      uptimeSeconds: Math.floor((ageMs(system.startedAt) ?? 0) / 1000),
      accounts,
      loginFeeds: system.loginFeeds(),
      feeds: [...system.feeds(), ...own].map(withAge),
      ...open(),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    } satisfies Figures & Record<string, unknown>;
  }
  /**
   * Whoever cannot be recognised, also for want of a database, is a stranger: the status is answered whatever fails. What is asked
   * without limit recognises nobody without one.
   */
  async function recognise(req: Request, res: Response): Promise<{ isKnown: boolean; own: FeedHealth[] }> {
    const isOperator = contexts.isOperator(req);
    // Monitors of this machine ask as often as they like.
    if (isOperator && !req.headers.authorization && !req.headers.cookie) return { isKnown: true, own: [] };
    try {
      await limiter.spend(req, 1);
      const caller = await contexts.forHttp({ req, res });
      return { isKnown: isOperator || caller.isOperator, own: await system.ownFeeds(caller.principal) };
    } catch {
      return { isKnown: isOperator, own: [] };
    }
  }

  const { readiness } = system;
  const routes = createProbeRouter({ readiness, metrics, isOperator: contexts.isOperator });
  routes
    .route('/status')
    .get(refuseBody, async (req, res) => {
      const [{ isKnown, own }, accounts] = await Promise.all([recognise(req, res), system.accounts()]);
      const status = isKnown ? figures(accounts, own) : states(accounts, own);
      res.set({ 'Cache-Control': 'no-store', Vary: 'Accept' });
      // JSON to whoever takes anything, as programs do; a browser names HTML first.
      if (req.accepts(['json', 'html']) === 'html') res.type('html').send(statusPage(status));
      else res.json(status);
    })
    .all(onlyGet);
  return routes;
}
