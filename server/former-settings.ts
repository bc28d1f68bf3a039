// The settings of the Django, Celery and Redis backend that this one replaces: what still counts under its old name, and what takes the
// place of the rest. Knows names and texts only; what a setting means is in config.ts.

type Values = Readonly<Record<string, string | undefined>>;

/** As Python writes them, and as `django-environ` and `python-decouple` read them. */
const flags: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['true', 'on', 'yes', 'y', 't', '1'].map((word) => [word, true])),
  ...Object.fromEntries(['false', 'off', 'no', 'n', 'f', '0'].map((word) => [word, false])),
};
/** A switch in any spelling that is common; undefined for other text. */
export const readFlag = (text: string): boolean | undefined => flags[text.toLowerCase()];

const quoted = String.raw`'[^']*'|"[^"]*"`;
const listOfQuoted = new RegExp(String.raw`^[[(]\s*((?:(?:${quoted})\s*(?:,\s*|(?=[\])])))*)[\])]$`);
/** The items of a list: between commas, or quoted in brackets, as Python and JSON write one. */
export function readList(text: string): string[] {
  const inBrackets = listOfQuoted.exec(text.trim())?.[1];
  const items = inBrackets?.match(new RegExp(quoted, 'g'))?.map((item) => item.slice(1, -1));
  return (items ?? (inBrackets === undefined ? text.split(',') : []))
    .map((item) => item.trim())
    .filter(Boolean);
}

/**
 * RabbitMQ's address as Celery writes it, as amqplib reads it; undefined for another kind of broker, and for a list of several. What is
 * left out is what Celery takes it for: `guest`, this machine, and the virtual host `/` (also written `//`).
 */
function amqpUrlOf(broker: string): string | undefined {
  const [, secure, rest = ''] = /^(?:py)?amqp(s?):\/\/([^;]*)$/i.exec(broker) ?? [];
  if (secure === undefined || !URL.canParse(`amqp://${rest}`)) return undefined;
  const url = new URL(`amqp${secure.toLowerCase()}://${rest}`);
  if (!url.hostname) return `amqp${secure.toLowerCase()}://127.0.0.1`;
  url.username ||= 'guest';
  url.password ||= 'guest';
  if (url.pathname === '//' || url.pathname === '/') url.pathname = '';
  return url.href;
}

type Place = (value: string, all: Values) => string | undefined;
const says =
  (sentence: string): Place =>
  () =>
    `has no effect: ${sentence}`;
const renamed =
  (to: string): Place =>
  (_value, all) =>
    all[to]
      ? `has no effect beside ${to}. Delete the line`
      : `has no effect: ${to} takes its place. Rename it`;
/** One that a container of PostgreSQL beside this may be meant to read: a word only where nothing names the database. */
const ofDatabase =
  (to: string): Place =>
  (_value, all) =>
    all[to] || all['DATABASE_URL'] ? undefined : `has no effect here: ${to} takes its place`;
const toAll = <Value>(names: string, value: Value): Record<string, Value> =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));

function debug(value: string): string | undefined {
  const isOn = readFlag(value);
  if (isOn === undefined) return undefined; // Node's own DEBUG=express:*
  return isOn
    ? 'has no effect: without NODE_ENV=production this is development. Delete the line'
    : 'has no effect: NODE_ENV=production takes the place of DEBUG=False. Set that instead';
}

/** A sentence for each old name without a meaning of its own, unless its value or its neighbours show that it is somebody else's. */
const places: Readonly<Record<string, Place>> = {
  ...toAll('DEBUG DJANGO_DEBUG', debug),
  CELERY_BROKER_URL(value, all) {
    if (all['AMQP_URL']) return 'has no effect beside AMQP_URL, which takes its place. Delete the line';
    return amqpUrlOf(value)
      ? 'is taken as AMQP_URL. Rename it'
      : 'has no effect: AMQP_URL takes its place, the address of one RabbitMQ, and is needed only where the roles run as separate processes';
  },
  BROKER_URL: renamed('AMQP_URL'),
  CELERY_RESULT_BACKEND: says('jobs and what became of them are in PostgreSQL. Delete the line'),
  CSRF_TRUSTED_ORIGINS: says(
    'a page of another origin that may call with the cookie is listed in CORS_ALLOWED_ORIGINS, and a public name of this server itself in ALLOWED_HOSTS',
  ),
  CORS_ORIGIN_WHITELIST: renamed('CORS_ALLOWED_ORIGINS'),
  ...toAll(
    'CORS_ALLOW_ALL_ORIGINS CORS_ORIGIN_ALLOW_ALL',
    says('a page that may call with the cookie is listed in CORS_ALLOWED_ORIGINS'),
  ),
  ...toAll(
    'SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT',
    says('in production the cookie goes over https alone, and TLS is the proxy’s. Delete the line'),
  ),
  DJANGO_SECRET_KEY: renamed('SECRET_KEY'),
  DJANGO_SECRET_KEY_FALLBACKS: renamed('SECRET_KEY_FALLBACKS'),
  DJANGO_ALLOWED_HOSTS: renamed('ALLOWED_HOSTS'),
  DJANGO_SUPERUSER_PASSWORD: renamed('SUPERUSER_PASSWORD'),
  DJANGO_SETTINGS_MODULE: says('all settings are in .env.example. Delete the line'),
  ...toAll('JWT_SECRET_KEY JWT_SIGNING_KEY', says('SECRET_KEY signs the access tokens. Delete the line')),
  ...toAll(
    'EMAIL_BACKEND EMAIL_HOST EMAIL_PORT EMAIL_HOST_USER EMAIL_HOST_PASSWORD EMAIL_USE_TLS EMAIL_USE_SSL',
    says('SMTP_URL (smtp://user:password@host:587) and MAIL_FROM take the place of the EMAIL_ settings'),
  ),
  DB_ENGINE: says('the database is PostgreSQL always. Delete the line'),
  POSTGRES_DB: ofDatabase('DB_NAME'),
  ...Object.fromEntries(
    ['USER', 'PASSWORD', 'HOST', 'PORT'].map((part) => [`POSTGRES_${part}`, ofDatabase(`DB_${part}`)]),
  ),
};
/** And for whatever else begins like this. */
const families: readonly [beginning: RegExp, place: Place][] = [
  [/^REDIS_|_REDIS_URL$|^CACHE_URL$/, says('nothing here needs Redis. Delete the line')],
  [
    /^(CHANNEL_LAYER|CHANNELS_)/,
    says('between processes messages go by RabbitMQ (AMQP_URL), inside one by memory. Delete the line'),
  ],
  [/^CELERY_/, says('jobs are in PostgreSQL, and the worker role does them. Delete the line')],
];
const placeOf = (name: string): Place | undefined =>
  places[name] ?? families.find(([beginning]) => beginning.test(name))?.[1];

/** `given` with what old names say under the new ones, where those are not set. */
export function withFormer(given: Values): Values {
  const amqpUrl = amqpUrlOf(given['CELERY_BROKER_URL'] ?? '');
  return amqpUrl && !given['AMQP_URL'] ? { ...given, AMQP_URL: amqpUrl } : given;
}

/** Each old name that is set, with what takes its place. */
export const formerHints = (given: Values): string[] =>
  Object.entries(given).flatMap(([name, value]) => {
    const sentence = value ? placeOf(name)?.(value, given) : undefined;
    return sentence ? [`${name} ${sentence}.`] : [];
  });

/** Whether `name` is one of those. */
export const isFormer = (name: string): boolean => placeOf(name) !== undefined;
