// Logging: JSON lines for machines, one plain line per event for a terminal. Secrets are cut by key name.
import { Writable } from 'node:stream';
import pino from 'pino';

export type Logger = pino.Logger;

const secretKeys = [
  'password', 'token', 'accessToken', 'refreshToken', 'secret', 'authorization', 'cookie', 'apiKey', 'cst', 'xst',
  'securityToken', 'identifier',
];
const redact = {
  paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  censor: '[secret]',
};

/** An error without what a failed query was given: Drizzle puts the parameters into message and stack, PostgreSQL the row into `detail`. */
function withoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, stack, ...rest } = pino.stdSerializers.err(error);
  const cut = (text: string | undefined) => text?.replaceAll(/\n?params: .*/g, '');
  const { params: _params, detail: _detail, query: _query, parameters: _parameters, cause: _cause, ...facts } = rest as Record<string, unknown>;
  return { ...facts, message: cut(message), stack: cut(stack) };
}

/** A logger at `level`. `pretty` prints `09:15:02 warn  gateway  text  key=value` instead of JSON. */
export function createLogger(options: { level: string; pretty: boolean; destination?: NodeJS.WritableStream }): Logger {
  const output = options.destination ?? process.stderr;
  const settings = { level: options.level, redact, serializers: { err: withoutValues }, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return options.pretty ? pino(settings, prettyStream(output)) : pino(settings, output);
}

/** A logger that says nothing; for tests and short commands. */
export const silentLogger: Logger = pino({ level: 'silent' });

const colours: Record<string, string> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' };
const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

function prettyStream(output: NodeJS.WritableStream): Writable {
  const colourful = 'isTTY' in output && output.isTTY === true;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { level, time, part, msg, err, ...rest } = JSON.parse(chunk.toString()) as Record<string, any>;
      const name = levels[level] ?? String(level);
      const colour = colourful ? (colours[name] ?? '') : '';
      const extras = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
      const stack = err ? `\n  ${err.stack ?? err.message}` : '';
      output.write(`${colour}${String(time).slice(11, 19)} ${name.padEnd(5)} ${String(part ?? '').padEnd(9)} ${[msg, ...extras].join('  ')}${stack}${colour && '\u001b[0m'}\n`);
      done();
    },
  });
}
