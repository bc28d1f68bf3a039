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

const noRedis = 'has no effect: nothing here needs Redis. Delete the line';
/** A sentence for each old name without a meaning of its own, unless its value shows that it is somebody else's. */
const places: Readonly<Record<string, (value: string, all: Values) => string | undefined>> = {
  DEBUG(value) {
    const isOn = readFlag(value);
    if (isOn === undefined) return undefined; // Node's own DEBUG=express:*
    return isOn
      ? 'has no effect: without NODE_ENV=production this is development. Delete the line'
      : 'has no effect: NODE_ENV=production takes the place of DEBUG=False. Set that instead';
  },
  CELERY_BROKER_URL(value, all) {
    if (all['AMQP_URL']) return 'has no effect beside AMQP_URL, which takes its place. Delete the line';
    return amqpUrlOf(value)
      ? 'is taken as AMQP_URL. Rename it'
      : 'has no effect: AMQP_URL takes its place, the address of one RabbitMQ, and is needed only where the roles run as separate processes';
  },
  CELERY_RESULT_BACKEND: () =>
    'has no effect: jobs and what became of them are in PostgreSQL. Delete the line',
  REDIS_HOST: () => noRedis,
  REDIS_PORT: () => noRedis,
};

/** `given` with what old names say under the new ones, where those are not set. */
export function withFormer(given: Values): Values {
  const amqpUrl = amqpUrlOf(given['CELERY_BROKER_URL'] ?? '');
  return amqpUrl && !given['AMQP_URL'] ? { ...given, AMQP_URL: amqpUrl } : given;
}

/** Each old name that is set, with what takes its place. */
export const formerHints = (given: Values): string[] =>
  Object.entries(places).flatMap(([name, placeOf]) => {
    const value = given[name];
    const sentence = value ? placeOf(value, given) : undefined;
    return sentence ? [`${name} ${sentence}.`] : [];
  });

/** Whether `name` is one of those. */
export const isFormer = (name: string): boolean => name in places;
