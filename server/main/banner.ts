// What whoever started a process is told once it is up: a page of text at a terminal, one log record in production.
import type { Running } from '../compose/index.ts';
import type { Config } from '../config.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import type { Logger } from '../lib/logger.ts';

export interface Facts extends Pick<Running, 'urls' | 'probesUrl' | 'demoLogin' | 'hasAdministrator'> {
  demoSeeded?: boolean;
  /** Such as `FTrader`, or a role of it. */
  name: string;
  /** The simulated broker's REST address. */
  simulator?: string | undefined;
  /** Where everything is kept. */
  data: string;
  problems: string[];
  readyMs: number;
}

/** Where the data lies, without the password to get there. */
export function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `PostgreSQL at ${decodeURIComponent(host)}, database ${decodeURIComponent(pathname.slice(1))}`;
}

/** How long it waits for the first prices; a broker that cannot be reached must not hold it up. */
export const settleMs = 5_000;

const plainHttp =
  'this server speaks plain HTTP, and browsers keep the production cookie (Secure) over https only: put a proxy with TLS before it that sends X-Forwarded-Proto and X-Forwarded-For (README, Behind a proxy). Without one nobody can sign in by a browser; programs with a bearer token can';

/** What to do now, for whoever has just started what answers callers; undefined for a role that answers none. */
function nextStep(
  { urls, demoLogin, hasAdministrator }: Facts,
  { registration, production }: Pick<Config, 'registration' | 'production'>,
): string | undefined {
  if (urls.length === 0) return undefined;
  // In production a browser cannot sign in at our own address: see plainHttp.
  const open = production ? 'open the page by https, through the proxy,' : 'open the page';
  if (demoLogin) return `${open} and sign in with the demo login; from a program: README`;
  if (hasAdministrator) return `${open} and sign in${registration ? ', or sign up' : ''}`;
  return `${registration ? `${open} and sign up, or make` : 'make'} an administrator: npm run create-superuser -- you@example.com`;
}

/** Tells it the way the environment wants it. */
export function announce(facts: Facts, { config, logger }: { config: Config; logger: Logger }): void {
  if (!config.production)
    return void process.stdout.write(
      banner(facts, {
        colours: process.stdout.hasColors?.() === true,
        registration: config.registration,
      }),
    );
  const { urls, probesUrl, data, problems, readyMs } = facts;
  const log = logger.child({ part: 'process' });
  const next = nextStep(facts, config);
  log.info(
    {
      urls,
      ...(probesUrl && { health: probesUrl }),
      data,
      readyMs: Math.round(readyMs),
      ...(next && { next }),
    },
    `${facts.name} is ready`,
  );
  for (const problem of problems) log.warn(problem);
  if (urls.length > 0) log[isLoopbackHost(config.host) ? 'info' : 'warn'](plainHttp);
}

/** The text for a terminal. */
export function banner(
  facts: Facts,
  { colours, registration = true }: { colours: boolean; registration?: boolean },
): string {
  const { name, urls, probesUrl, simulator, demoLogin, demoSeeded, data, problems, readyMs } = facts;
  const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, green, yellow, cyan] = [paint(1), paint(32), paint(33), paint(36)];
  const [url, ...others] = urls;
  const rows: [string, string][] = [];
  if (url)
    rows.push(
      ['Page', cyan(`${url}/`)],
      ...others.map((other): [string, string] => ['', cyan(`${other}/`)]),
      ['API documents', cyan(`${url}/api/docs/`)],
      ['tRPC', `${cyan(`${url}/trpc`)}  (WebSocket: the same path)`],
    );
  if (probesUrl) rows.push(['Health', `${cyan(`${probesUrl}/readyz`)}  (and /livez, /metrics)`]);
  if (demoLogin)
    rows.push([
      'Demo login',
      `${demoLogin.email} / ${demoLogin.password}${simulator ? '  (simulated money)' : ''}`,
    ]);
  if (demoLogin && demoSeeded)
    rows.push(['', 'with some trades, a portfolio and watchlists made up for it (SEED_DEMO=off: without)']);
  if (simulator) rows.push(['IG simulator', cyan(simulator)]);
  rows.push(['Data', data]);
  const next = nextStep(facts, { registration, production: false });
  if (next) rows.push(['Next', next]);
  const state = problems.length > 0 ? yellow('is up, but not all is well') : green('is ready');
  return [
    '',
    `  ${bold(name)} ${state} (${(readyMs / 1000).toFixed(1)} s)`,
    '',
    ...rows.map(([title, text]) => `  ${title.padEnd(14)} ${text}`),
    ...problems.map((problem) => `  ${yellow('!')} ${problem}`),
    '',
    '  Ctrl-C stops everything. Not affiliated with IG; no advice.',
    '',
    '',
  ].join('\n');
}
