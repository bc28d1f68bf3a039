// Every environment variable: its shape, its default, and one clear list of all that is wrong. Nobody else reads process.env.
import { z } from 'zod';
import { AccountType } from '../shared/accounts.ts';
import type { Environment } from '../shared/primitives.ts';
import { formerHints, isFormer, readFlag, readList, withFormer } from './former-settings.ts';
import { isNetwork, parseAddress } from './lib/addresses.ts';
import { closest } from './lib/closest.ts';
import { readEnvText } from './lib/env-text.ts';
import { withoutTilde } from './lib/files.ts';
import { isLoopbackHost } from './lib/loopback.ts';
import { isOrigin } from './lib/origin.ts';
import { readTextFile } from './lib/text-file.ts';

const flag = (fallback: boolean) =>
  z.string().transform(readFlag).pipe(z.boolean('must be on or off')).default(fallback);
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));
/** How many of something there may be. */
const bound = wholeNumber(1, 1_000_000);
const list = z.string().transform(readList);
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    );
/** Of what is no URL at all is told once. */
const ofUrl = (is: (address: URL) => boolean) => (text: string) => !URL.canParse(text) || is(new URL(text));
/** Passwords go there: in the open only on this machine. `not`: IG's own host of the other kind of account. */
const brokerUrl = ({ not, is }: { not?: string; is?: string } = {}) =>
  url('https:', 'http:')
    .refine(
      ofUrl(({ protocol, hostname }) => protocol === 'https:' || isLoopbackHost(hostname)),
      'must be https: passwords are sent there. http is for a simulator on this machine',
    )
    .refine(
      ofUrl(({ pathname }) => pathname === '/gateway/deal'),
      'must end in /gateway/deal, as in https://demo-api.ig.com/gateway/deal',
    )
    .refine(
      ofUrl(({ username, password }) => username === '' && password === ''),
      'may hold no user name and password: those of a login are given apart',
    )
    .refine(
      ofUrl(({ hostname }) => hostname.replace(/\.$/, '') !== not),
      `must not be ${not}: IG's ${is} accounts are there`,
    );
const igHosts = { demo: 'demo-api.ig.com', live: 'api.ig.com' };
const origins = list.refine(
  (all) => all.every(isOrigin),
  'must be origins such as http://localhost:3000, separated by commas',
);
const hosts = list
  .refine(
    (all) => all.every((host) => /^(\*|\.?[\w-]+(\.[\w-]+)*)$/.test(host) || parseAddress(host) !== null),
    'must be host names such as trade.example.org, without scheme and port, separated by commas; .example.org stands for all names below it, * for any',
  )
  .transform((all) => all.map((host) => parseAddress(host) ?? host));
const networks = list.refine(
  (all) => all.every(isNetwork),
  'must be addresses, networks such as 10.0.0.0/8 (not of everybody), or loopback, separated by commas',
);
const encryptionKeys = list.refine(
  (all) =>
    all.length > 0 &&
    all.every(
      (key) =>
        /^[A-Za-z0-9_-]{1,20}:[A-Za-z0-9+/_-]+=?$/.test(key) &&
        Buffer.from(key.split(':')[1]!, 'base64').length === 32,
    ),
  'must be name:key pairs separated by commas, the newest first, each key 32 bytes in base64',
);

const makeSecret = 'Make one: openssl rand -base64 32';

const Variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  DATA_DIR: z
    .string()
    .min(1)
    .refine((path) => withoutTilde(path) === undefined, {
      error: ({ input }) =>
        `must not begin with ~, which only a shell reads: write ${withoutTilde(input as string)}`,
    })
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(8000),
  HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  HEALTH_PORT: wholeNumber(0, 65_535).optional(),
  ALLOWED_HOSTS: hosts.default([]),
  SECRET_KEY: z.string().min(32, `must have at least 32 characters. ${makeSecret}`).optional(),
  SECRET_KEY_FALLBACKS: list
    .refine(
      (all) => all.every((key) => key.length >= 32),
      'must be former values of SECRET_KEY, separated by commas',
    )
    .default([]),
  ENCRYPTION_KEYS: encryptionKeys.optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DB_NAME: z.string().optional(),
  DB_USER: z.string().optional(),
  DB_PASSWORD: z.string().optional(),
  DB_HOST: z.string().optional(),
  DB_PORT: wholeNumber(1, 65_535).default(5432),
  AMQP_URL: url('amqp:', 'amqps:').optional(),
  JWT_ACCESS_TOKEN_LIFETIME: wholeNumber(1, 1440).default(15),
  JWT_REFRESH_TOKEN_LIFETIME: wholeNumber(5, 525_600).default(1440),
  CORS_ALLOWED_ORIGINS: origins.default(['http://localhost:3000', 'http://127.0.0.1:3000']),
  IG_API_KEY: z.string().min(1).optional(),
  IG_IDENTIFIER: z.string().min(1).optional(),
  IG_PASSWORD: z.string().min(1).optional(),
  IG_ACCOUNT_ID: z.string().min(1).optional(),
  IG_ACCOUNT_TYPE: z.enum(AccountType.options, 'must be CFD or SPREADBET').default('CFD'),
  IG_DEMO: flag(true),
  IG_BASE_URL: brokerUrl().optional(),
  IG_DEMO_BASE_URL: brokerUrl({ not: igHosts.live, is: 'live' }).default(
    `https://${igHosts.demo}/gateway/deal`,
  ),
  IG_LIVE_BASE_URL: brokerUrl({ not: igHosts.demo, is: 'demo' }).default(
    `https://${igHosts.live}/gateway/deal`,
  ),
  SIMULATOR: flag(true),
  SEED_DEMO: flag(true),
  MAX_SOCKETS: bound.optional(),
  MAX_SILENT_SOCKETS_PER_ADDRESS: bound.optional(),
  MAX_CONNECTIONS_PER_USER: bound.optional(),
  MAX_SUBSCRIPTIONS_PER_SOCKET: bound.optional(),
  MAX_SUBSCRIPTIONS_PER_USER: bound.optional(),
  SMTP_URL: url('smtp:', 'smtps:')
    .refine(
      ofUrl(({ hostname }) => hostname !== ''),
      'must name a host, as in smtp://user:password@mail.example.org:587',
    )
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^([^<>\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/,
      'must be an e-mail address, or a name and one: FTrader <no-reply@example.org>',
    )
    .optional(),
  TRUSTED_PROXIES: networks.default(['loopback']),
  WEBHOOK_NETWORKS: networks.default([]),
  REGISTRATION: flag(true),
  SUPERUSER_PASSWORD: z.string().optional(),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500).default(400),
  NOTIFICATION_RETENTION_DAYS: wholeNumber(1, 36_500).default(365),
  SECOND_CANDLE_DAYS: wholeNumber(1, 36_500).default(3),
  MINUTE_CANDLE_DAYS: wholeNumber(1, 36_500).default(400),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      'must be trace, debug, info, warn, error or silent',
    )
    .default('info'),
});

/** Variables that go together. Asked of the raw values, so that these are named beside whatever else is wrong. */
function missingTogether(given: Record<string, string | undefined>): string[] {
  const missing = (names: string[], why: string) =>
    names.filter((name) => given[name] === undefined).map((name) => `${name} ${why}`);
  const ig = ['IG_API_KEY', 'IG_IDENTIFIER', 'IG_PASSWORD'];
  const anyIg = [...ig, 'IG_ACCOUNT_ID', 'IG_ACCOUNT_TYPE', 'IG_BASE_URL'];
  const db = ['DB_NAME', 'DB_USER', 'DB_HOST'];
  const anyDb = [...db, 'DB_PASSWORD', 'DB_PORT'];
  const isDemo = !/^(0|false|no|off)$/i.test(given['IG_DEMO'] ?? '');
  const igBase = URL.parse(given['IG_BASE_URL'] ?? '')?.hostname.replace(/\.$/, '');
  const other = isDemo ? igHosts.live : igHosts.demo;
  return [
    ...(igBase === other
      ? [
          `IG_BASE_URL is ${other}, and IG_DEMO says that the login is ${isDemo ? 'a demo' : 'a live'} one: change one of the two`,
        ]
      : []),
    ...(anyIg.some((name) => given[name]) ? missing(ig, 'is needed when another IG_ variable is set') : []),
    ...(!given['DATABASE_URL'] && anyDb.some((name) => given[name])
      ? missing(db, 'is needed when another DB_ variable is set and DATABASE_URL is not')
      : []),
    ...(given['SECRET_KEY_FALLBACKS']
      ? missing(['SECRET_KEY'], 'is needed when SECRET_KEY_FALLBACKS is set: these are its former values')
      : []),
    ...(given['SMTP_URL'] ? missing(['MAIL_FROM'], 'is needed when SMTP_URL is set: whom mail is from') : []),
    ...(given['NODE_ENV'] === 'production'
      ? [
          ...missing(['SECRET_KEY'], `is needed in production. ${makeSecret}`),
          ...missing(['ENCRYPTION_KEYS'], `is needed in production: k1: before a key. ${makeSecret}`),
        ]
      : []),
  ];
}

export interface Config {
  production: boolean;
  dataDir: string | undefined;
  host: string;
  port: number;
  /** Where a worker or a gateway in a process of its own answers probes and shows its metrics; without a port each role has its own. */
  health: { host: string; port: number | undefined };
  /** Host names answered besides loopback and `host`. */
  allowedHosts: string[];
  secretKey: string | undefined;
  /** Former keys, the newest first: what they signed still counts. */
  secretKeyFallbacks: readonly string[];
  /** `name:base64` pairs, newest first. */
  encryptionKeys: string[] | undefined;
  databaseUrl: string | undefined;
  amqpUrl: string | undefined;
  accessTokenMinutes: number;
  refreshTokenMinutes: number;
  corsOrigins: string[];
  ig:
    | {
        apiKey: string;
        identifier: string;
        password: string;
        accountId: string | undefined;
        /** Of that account: its prices serve accounts of this type. */
        accountType: AccountType;
        environment: Environment;
        baseUrl: string;
      }
    | undefined;
  /** Where users' accounts of each kind are; base URLs ending in `/gateway/deal`. */
  accountsAt: Record<'demo' | 'live', string>;
  simulator: boolean;
  /** Whether the demo login of a new installation gets a past. */
  seedDemo: boolean;
  /** Bounds on what callers hold open in one API process, where they are not the defaults of server/api. */
  open: Partial<
    Record<
      | 'maxSockets'
      | 'maxUnprovenPerNetwork'
      | 'maxConnectionsPerUser'
      | 'maxSubscriptionsPerSocket'
      | 'maxSubscriptionsPerUser',
      number
    >
  >;
  /** Without it mail is kept in memory; in production it is dropped. */
  smtpUrl: string | undefined;
  mailFrom: string;
  /** Whose X-Forwarded-For and X-Forwarded-Proto count: addresses, networks and `loopback`. */
  trustedProxies: string[];
  /** Internal networks that users' webhooks may go to, without TLS as well; elsewhere public addresses only. */
  webhookNetworks: string[];
  /** Whether anybody may sign up. */
  registration: boolean;
  /** For `npm run create-superuser` alone. */
  superuserPassword: string | undefined;
  /** Audit rows older than this are deleted. */
  auditRetentionDays: number;
  /** Notifications that were read or archived, their events, and alerts that ended are deleted after so many days. */
  notificationRetentionDays: number;
  /** Candles of seconds and of minutes are kept for so many days; those of hours for ever. */
  candleDays: { second: number; minute: number };
  metricsToken: string | undefined;
  logLevel: string;
}

/** All that is wrong with the environment, one line each; `notes` is what else is worth a word there. */
export class ConfigError extends Error {
  readonly problems: string[];
  readonly notes: string[];
  constructor(problems: string[], notes: string[] = []) {
    const listed = (lines: string[]) => lines.map((line) => `  ${line}\n`).join('');
    super(
      `The environment has ${problems.length === 1 ? 'a wrong value' : `${problems.length} wrong values`}; nothing was started:\n${listed(problems)}${notes.length > 0 ? `Not wrong, but to be known:\n${listed(notes)}` : ''}See .env.example for every variable.`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
    this.notes = notes;
  }
}

/** A host's place in a URL; one that begins with / is the folder of a Unix socket. */
const urlHost = (host: string) =>
  host.startsWith('/') ? encodeURIComponent(host) : /^[^[].*:/.test(host) ? `[${host}]` : host;

/** Without those that are not set. */
const present = <Name extends string>(values: Record<Name, number | undefined>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, number>
  >;

/** Names that are no setting, but close to one: each with what was probably meant. */
export function misspelt(environment: Record<string, string | undefined>): string[] {
  const known = Object.keys(Variables.shape);
  return Object.keys(environment).flatMap((name) => {
    const meant = closest(name, known);
    return meant === undefined || environment[meant]
      ? []
      : `${name} is not a setting; did you mean ${meant}?`;
  });
}

/** What is worth a word although nothing is wrong: misspelt names, and those of the backend before this one. */
export const hintsOf = (environment: Record<string, string | undefined>): string[] => [
  ...misspelt(environment),
  ...formerHints(environment),
];

/**
 * Adds what the file `path` sets to `environment`, which wins; nothing without the file. Gives the names in it that nothing here reads,
 * and hints at lines that do not count.
 * Throws ConfigError for a file that is no text, and naming every line and every misspelt name in it: half a file is worse than none.
 */
export function loadEnvFile(
  path: string,
  environment: Record<string, string | undefined>,
): { unread: string[]; hints: string[] } {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { unread: [], hints: [] };
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
  const { values, problems, repeated } = readEnvText(text);
  const wrong = [...problems, ...misspelt(values)];
  if (wrong.length > 0) throw new ConfigError(wrong.map((problem) => `${path}: ${problem}`));
  for (const [name, value] of Object.entries(values)) environment[name] ??= value;
  return {
    unread: Object.keys(values).filter((name) => !(name in Variables.shape) && !isFormer(name)),
    hints: repeated.map((sentence) => `${path}: ${sentence}`),
  };
}

/** ENCRYPTION_KEYS as the file `path` sets it now; undefined when it does not. Throws as loadEnvFile does, and for what is no list of keys. */
export function readEncryptionKeys(path: string): string[] | undefined {
  const set: Record<string, string | undefined> = {};
  loadEnvFile(path, set);
  return set['ENCRYPTION_KEYS'] ? encryptionKeys.parse(set['ENCRYPTION_KEYS']) : undefined;
}

/** Parses the environment. An empty value counts as absent. Throws ConfigError naming every wrong variable at once. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = withFormer(
    Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
    ),
  );
  const parsed = Variables.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...missingTogether(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems, hintsOf(given));
  const env = parsed.data;
  const auth = `${encodeURIComponent(env.DB_USER ?? '')}${env.DB_PASSWORD ? `:${encodeURIComponent(env.DB_PASSWORD)}` : ''}`;
  return {
    production: env.NODE_ENV === 'production',
    dataDir: env.DATA_DIR,
    host: env.HOST,
    port: env.PORT,
    health: { host: env.HEALTH_HOST, port: env.HEALTH_PORT },
    allowedHosts: env.ALLOWED_HOSTS,
    secretKey: env.SECRET_KEY,
    secretKeyFallbacks: env.SECRET_KEY_FALLBACKS,
    encryptionKeys: env.ENCRYPTION_KEYS,
    databaseUrl:
      env.DATABASE_URL ??
      (env.DB_NAME
        ? `postgres://${auth}@${urlHost(env.DB_HOST!)}:${env.DB_PORT}/${encodeURIComponent(env.DB_NAME)}`
        : undefined),
    amqpUrl: env.AMQP_URL,
    accessTokenMinutes: env.JWT_ACCESS_TOKEN_LIFETIME,
    refreshTokenMinutes: env.JWT_REFRESH_TOKEN_LIFETIME,
    corsOrigins: env.CORS_ALLOWED_ORIGINS,
    ig: env.IG_API_KEY
      ? {
          apiKey: env.IG_API_KEY,
          identifier: env.IG_IDENTIFIER!,
          password: env.IG_PASSWORD!,
          accountId: env.IG_ACCOUNT_ID,
          accountType: env.IG_ACCOUNT_TYPE,
          environment:
            env.IG_BASE_URL && isLoopbackHost(new URL(env.IG_BASE_URL).hostname)
              ? 'simulated'
              : env.IG_DEMO
                ? 'demo'
                : 'live',
          baseUrl: env.IG_BASE_URL ?? (env.IG_DEMO ? env.IG_DEMO_BASE_URL : env.IG_LIVE_BASE_URL),
        }
      : undefined,
    accountsAt: { demo: env.IG_DEMO_BASE_URL, live: env.IG_LIVE_BASE_URL },
    simulator: env.SIMULATOR,
    seedDemo: env.SEED_DEMO,
    open: present({
      maxSockets: env.MAX_SOCKETS,
      maxUnprovenPerNetwork: env.MAX_SILENT_SOCKETS_PER_ADDRESS,
      maxConnectionsPerUser: env.MAX_CONNECTIONS_PER_USER,
      maxSubscriptionsPerSocket: env.MAX_SUBSCRIPTIONS_PER_SOCKET,
      maxSubscriptionsPerUser: env.MAX_SUBSCRIPTIONS_PER_USER,
    }),
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM ?? 'FTrader <ftrader@localhost>',
    trustedProxies: env.TRUSTED_PROXIES,
    webhookNetworks: env.WEBHOOK_NETWORKS,
    registration: env.REGISTRATION,
    superuserPassword: env.SUPERUSER_PASSWORD,
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    notificationRetentionDays: env.NOTIFICATION_RETENTION_DAYS,
    candleDays: { second: env.SECOND_CANDLE_DAYS, minute: env.MINUTE_CANDLE_DAYS },
    metricsToken: env.METRICS_TOKEN,
    logLevel: env.LOG_LEVEL,
  };
}
