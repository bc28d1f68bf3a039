// What every script shares: flags, --help, --json, errors in one line, honest exit codes. Knows no command.
import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { loadEnvFile } from '../server/config.ts';

/** A long flag: `about` is its line of help, `hint` names the value of a string (`--port NUMBER`). */
export type Flag =
  { type: 'boolean'; about: string } | { type: 'string'; about: string; hint: string; multiple?: boolean };

type Values<Flags extends Record<string, Flag>> = {
  [Name in keyof Flags]?: Flags[Name] extends { type: 'boolean' }
    ? boolean
    : Flags[Name] extends { multiple: true }
      ? string[]
      : string;
};

export interface Command<Flags extends Record<string, Flag>> {
  /** As in `npm run NAME`. */
  name: string;
  /** One sentence. */
  about: string;
  flags?: Flags;
  /** How help shows arguments without a flag, such as `[NAME…]`; absent: there are none. */
  arguments?: string;
  /** Does it. `json`: print one JSON value on standard output and nothing else there. A number is the exit code. */
  run(given: {
    values: Values<Flags>;
    arguments: string[];
    json: boolean;
  }): Promise<number | void> | number | void;
}

/** Thrown for a wrong flag or argument: exit code 2 and a pointer to --help. */
export class UsageError extends Error {}

/** Runs a script on the process's arguments. Exit code: 0 done, 1 failed, 2 called wrongly, or what `run` gives. */
export async function runCommand<const Flags extends Record<string, Flag>>(
  command: Command<Flags>,
  args: string[] = process.argv.slice(2),
): Promise<void> {
  // Asked of the raw arguments, so that a wrong flag is reported in the form that was asked for.
  const json = args.includes('--json');
  try {
    const { values, positionals } = parse(command, args);
    loadEnvFile('.env', process.env); // as every process of the server does
    if (values['help']) process.stdout.write(help(command));
    else
      process.exitCode =
        (await command.run({ values: values as Values<Flags>, arguments: positionals, json })) ?? 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    else
      process.stderr.write(
        `${command.name}: ${message}${usage ? ` (npm run ${command.name} -- --help)` : ''}\n`,
      );
    process.exitCode = usage ? 2 : 1;
  }
}

function parse(command: Command<Record<string, Flag>>, args: string[]) {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean' }, json: { type: 'boolean' } };
  for (const [name, flag] of Object.entries(command.flags ?? {}))
    options[name] = { type: flag.type, multiple: flag.type === 'string' && flag.multiple === true };
  try {
    return parseArgs({ args, options, allowPositionals: command.arguments !== undefined });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0], { cause: error });
  }
}

function help({ name, about, flags, arguments: rest }: Command<Record<string, Flag>>): string {
  const rows = Object.entries(flags ?? {}).map(([flag, each]) => [
    `--${flag}${each.type === 'string' ? ` ${each.hint}` : ''}`,
    each.about,
  ]);
  const all = [
    ...rows,
    ['--json', 'one JSON value on standard output, for programs'],
    ['--help', 'this text'],
  ];
  const width = Math.max(...all.map(([left = '']) => left.length));
  return `${about}\n\nnpm run ${name} -- [flags]${rest ? ` ${rest}` : ''}\n${all.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')}`;
}
