// Logging: JSON lines for machines, one plain line per event for a terminal. Secrets are cut by key name.
import { Writable } from 'node:stream';
import pino from 'pino';
import { AppError } from './app-error.ts';

export type Logger = pino.Logger;

const secretKeys = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'authorization',
  'cookie',
  'apiKey',
  'cst',
  'xst',
  'securityToken',
  'identifier',
];
const redact = {
  paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  censor: '[secret]',
};

/** A query's error names its parameters after its text; they may hold anything, a password's hash too. */
const withoutParameters = (message: string) => message.replace(/\s*\bparams: [\s\S]*$/, '');

/** One of ours that is no mistake of ours: its code and words say all there is to say, and so it is of what caused it. */
const saysItAll = (error: unknown): boolean =>
  error instanceof AppError && error.kind !== 'bug' && error.kind !== 'unavailable';

/** An error without values: Drizzle puts a query's parameters into message and stack, PostgreSQL the row into `detail`. */
function errorFacts(error: unknown, isExpected = saysItAll(error)): unknown {
  if (!(error instanceof Error)) return error;
  const message = withoutParameters(error.message);
  const frames = (error.stack ?? '').slice(
    error.stack?.indexOf(error.message) === -1
      ? 0
      : error.stack!.indexOf(error.message) + error.message.length,
  );
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message,
    ...(!isExpected && { stack: `${error.name}: ${message}${frames}` }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.cause !== undefined && {
      cause: errorFacts(error.cause, isExpected || saysItAll(error.cause)),
    }),
  };
}

/** Control characters spelled out, so that what a caller sent can neither forge a line nor command a terminal. */
const printable = (text: string) =>
  text.replaceAll(/[^\P{Cc}\n\t]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A logger at `level`. `pretty` prints `09:15:02 warn  gateway  text  key=value` instead of JSON. */
export function createLogger(options: {
  level: string;
  pretty: boolean;
  destination?: NodeJS.WritableStream;
}): Logger {
  const output = options.destination ?? process.stderr;
  const settings = {
    level: options.level,
    redact,
    serializers: {
      err: (error: unknown) => errorFacts(error),
      detail: (text: unknown) => (typeof text === 'string' ? withoutParameters(text) : text),
    },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return options.pretty ? pino(settings, prettyStream(output)) : pino(settings, output);
}

/** A logger that says nothing; for tests and short commands. */
export const silentLogger: Logger = pino({ level: 'silent' });

const colours: Record<string, string> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' };
const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

function stackOf(err: { stack?: string; message?: string; cause?: unknown }): string {
  const cause = err.cause as typeof err | undefined;
  return `\n  ${err.stack ?? err.message}${cause?.stack || cause?.message ? stackOf(cause).replace('\n  ', '\n  caused by ') : ''}`;
}

function prettyStream(output: NodeJS.WritableStream): Writable {
  const colourful = 'isTTY' in output && output.isTTY === true;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { level, time, part, msg, err, ...rest } = JSON.parse(chunk.toString()) as Record<string, any>;
      const name = levels[level] ?? String(level);
      const colour = colourful ? (colours[name] ?? '') : '';
      const extras = Object.entries(rest).map(
        ([key, value]) =>
          `${key}=${typeof value === 'string' ? value.replaceAll('\n', '\\n') : JSON.stringify(value)}`,
      );
      const stack = err ? stackOf(err) : '';
      output.write(
        colour +
          printable(
            `${String(time).slice(11, 19)} ${name.padEnd(5)} ${String(part ?? '').padEnd(9)} ${[msg, ...extras].join('  ')}${stack}`,
          ) +
          (colour && '\u001b[0m') +
          '\n',
      );
      done();
    },
  });
}
