// The command line of `npm run simulator` as options: every flag, what is wrong with it, and what to write instead. Starts nothing.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  FaultSettings,
  recordingOf,
  seedOf,
  type FaultSetting,
  type SimulatorOptions,
} from '../ig-simulator/index.ts';
import { withoutTilde } from '../lib/files.ts';
import { readTextFile } from '../lib/text-file.ts';

const usage = `npm run simulator -- [--port 8010] [--host 127.0.0.1] [--seed TEXT] [--replay FILE | EPIC=FILE]… [--speed N | max]
                         [--time rebased | original] [--aligned] [--loop] [--paused] [--real-hours]
                         [--data DIR] [--load FILE] [--save FILE] [--faults FILE] [--confirm-delay MS]
                         [--tlcp-2.5 accept | refuse] [--admin-token TEXT] [--json]
With --data accounts and deals survive a restart. --save writes all that is booked when the simulator stops, --load begins from it. --faults is a JSON list such as [{"name":"5xx-after","probability":0.05}].
Recordings are ticks or candles (.csv, .csv.gz); they are played at the time of their playing (rebased) or show their own (original), --aligned as far
apart as they were recorded. POST /simulator/replay pauses, steps and paces them.
A confirm can be read at once, or --confirm-delay milliseconds after its deal is decided. --tlcp-2.5 refuse turns stream clients of SDK 9.x away, as IG has done.
The admin routes below /simulator are on when a token is given.`;

const longestConfirmDelayMs = 3_600_000;

/** Stops with one message that names everything wrong. */
function refuse(problems: string[]): never {
  process.stderr.write(`${problems.map((problem) => `simulator: ${problem}`).join('\n')}\n\n${usage}\n`);
  process.exit(1);
}

/** The faults that the file names. */
function faultsOf(file: string, problems: string[]): FaultSetting[] {
  try {
    const found = FaultSettings.safeParse(JSON.parse(readTextFile(file)));
    if (found.success) return found.data;
    problems.push(`--faults: ${z.prettifyError(found.error)}`);
  } catch (error) {
    problems.push(`--faults: ${(error as Error).message} (${file})`);
  }
  return [];
}

/** The saved state in the file, and the seed it names. What it is worth is looked at by the simulator. */
function stateOf(file: string, problems: string[]): { saved: unknown; seed: string | undefined } | undefined {
  try {
    const saved = JSON.parse(readTextFile(file)) as { seed?: unknown } | null;
    return { saved, seed: typeof saved?.seed === 'string' ? saved.seed : undefined };
  } catch (error) {
    problems.push(`--load: ${(error as Error).message} (${file})`);
    return undefined;
  }
}

/** The command line as options. Does not return when something is wrong. */
export function readArguments(args: string[]) {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  const known = {
    port: text,
    host: text,
    seed: text,
    replay: { type: 'string', multiple: true },
    speed: text,
    time: text,
    'confirm-delay': text,
    'tlcp-2.5': text,
    'admin-token': text,
    data: text,
    faults: text,
    load: text,
    save: text,
    aligned: flag,
    loop: flag,
    paused: flag,
    'real-hours': flag,
    json: flag,
    help: flag,
  } as const;
  // Not strict, so that every wrong flag can be named at once.
  const { values, positionals, tokens } = parseArgs({
    args,
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  if (values.help === true) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const problems: string[] = [];
  const files: string[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = (known as Record<string, { type: string }>)[token.name];
    if (!option) problems.push(`unknown flag ${token.rawName}`);
    else if (option.type === 'string' && token.value === undefined)
      problems.push(`${token.rawName} needs a value`);
    else if (option.type === 'boolean' && token.value !== undefined)
      problems.push(`${token.rawName} takes no value`);
    else if (token.name === 'replay') files.push(token.value!);
  }
  if (files.length > 0)
    files.push(...positionals); // `--replay A B`
  else if (positionals.length > 0) problems.push(`unexpected ${positionals.join(' ')}`);

  const given = (
    name: 'port' | 'host' | 'seed' | 'speed' | 'time' | 'confirm-delay' | 'tlcp-2.5',
    preset: string,
  ) => (typeof values[name] === 'string' ? values[name] : preset);
  const port = Number(given('port', '8010'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push(`--port must be 0 to 65535, not ${given('port', '')}`);
  const wanted = given('speed', '1');
  const speed = wanted === 'max' ? wanted : Number(wanted);
  if (speed !== 'max' && !(speed > 0 && speed < Infinity))
    problems.push(`--speed must be a number above 0 or max, not ${wanted}`);
  const time = given('time', 'rebased');
  if (time !== 'rebased' && time !== 'original')
    problems.push(`--time must be rebased or original, not ${time}`);
  const confirmDelayMs = Number(given('confirm-delay', '0'));
  if (!Number.isInteger(confirmDelayMs) || confirmDelayMs < 0 || confirmDelayMs > longestConfirmDelayMs)
    problems.push(
      `--confirm-delay must be whole milliseconds, 0 to ${longestConfirmDelayMs}, not ${given('confirm-delay', '')}`,
    );
  const tlcp25 = given('tlcp-2.5', 'accept');
  if (tlcp25 !== 'accept' && tlcp25 !== 'refuse')
    problems.push(`--tlcp-2.5 must be accept or refuse, not ${tlcp25}`);
  for (const [name, value] of Object.entries(values))
    if (value === '' || (Array.isArray(value) && value.includes('')))
      problems.push(`--${name} must not be empty`);
  for (const name of ['speed', 'time', 'loop', 'paused', 'aligned'] as const)
    if (values[name] !== undefined && files.length === 0) problems.push(`--${name} needs --replay`);
  if (values.paused === true && values['admin-token'] === undefined)
    problems.push('--paused needs --admin-token: nothing else can resume it');
  const faults = typeof values.faults === 'string' ? faultsOf(values.faults, problems) : [];
  const begin = typeof values.load === 'string' ? stateOf(values.load, problems) : undefined;
  const replay = files.map((file) => recordingOf(file, (problem) => problems.push(`--replay: ${problem}`)));
  if (typeof values.save === 'string' && !existsSync(dirname(values.save)))
    problems.push(`--save: there is no folder ${dirname(values.save)}`);
  for (const [name, value] of Object.entries(values)) {
    const whole = typeof value === 'string' ? withoutTilde(value) : undefined;
    if (whole !== undefined) problems.push(`--${name}: ~ is not read here; write ${whole}`);
  }
  const kept = typeof values.data === 'string' ? seedOf(values.data) : undefined;
  if (problems.length > 0) refuse(problems);
  return {
    json: values.json === true,
    /** Where the state is saved when the simulator stops. */
    saveTo: typeof values.save === 'string' ? values.save : undefined,
    options: {
      host: given('host', '127.0.0.1'),
      port,
      seed: given('seed', begin?.seed ?? kept ?? 'ftrader'),
      realHours: values['real-hours'] === true,
      faults,
      confirmDelayMs: [confirmDelayMs, confirmDelayMs],
      tlcp25: tlcp25 as 'accept' | 'refuse',
      ...(begin && { begin: begin.saved }),
      ...(typeof values.data === 'string' ? { dataDir: values.data } : {}),
      ...(typeof values['admin-token'] === 'string' ? { adminToken: values['admin-token'] } : {}),
      ...(replay.length > 0
        ? {
            replay: {
              files: replay,
              speed,
              time: time as 'rebased' | 'original',
              loop: values.loop === true,
              paused: values.paused === true,
              ...(values.aligned === true && { aligned: true }),
            },
          }
        : {}),
    } satisfies Partial<SimulatorOptions>,
  };
}
