// Why a RabbitMQ cannot be used, in words that say what to change. Connects to nothing.
import { whyUnreachable } from '../lib/unreachable.ts';

const remedy = 'Start this with NODE_EXTRA_CA_CERTS=/path/to/that/authority.pem';
/** amqplib gives these no code. */
const sentences: readonly [pattern: RegExp, words: (url: URL, said: string) => string][] = [
  [/\b403\b|ACCESS.REFUSED/, () => 'it refuses that user with that password. Correct them in the address'],
  [
    /^Expected ConnectionOpenOk/,
    ({ pathname }) =>
      `it does not open its virtual host ${decodeURIComponent(pathname.slice(1)) || '/'} to that user. Make it there (rabbitmqctl add_vhost, set_permissions), or correct the address`,
  ],
  [
    /^Connection closed: |^Channel ended, no reply/,
    (_url, said) => `it closed the connection while that was set up (${said}). Look at its log`,
  ],
  [
    /^Socket closed abruptly during opening handshake|^Frame size \d+ exceeds/,
    () => 'what answers there is no RabbitMQ, or expects TLS. Correct the address: amqps:// is with TLS',
  ],
];

/** Without user and password. */
export const placeOf = (url: URL): string =>
  `${url.hostname}:${url.port || (url.protocol === 'amqps:' ? 5671 : 5672)}`;

/** An error of connecting to `url` in words; undefined for one that is not of the connection. */
export function inWords(url: URL, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  const late = error.message === 'connect ETIMEDOUT';
  const why =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER'
      ? 'it speaks no TLS there. Write amqp:// instead of amqps://, or the port that does'
      : (whyUnreachable(late ? 'ETIMEDOUT' : (code ?? ''), { host: url.hostname, remedy }) ??
        sentences.find(([pattern]) => pattern.test(error.message))?.[1](url, error.message));
  return why && `AMQP_URL: RabbitMQ at ${placeOf(url)}: ${why}`;
}
