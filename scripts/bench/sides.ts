// The sides of a benchmark: processes of its own, a core each where the machine can, asked one thing at a time.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A side that does not answer for so long is broken. */
const answerWithinMs = 90_000;

/** Whether sides can be kept on a core each. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Starts `file` (beside this one) on `core`, with a channel for `ask`. */
export function startSide(file: string, core: number, ...args: string[]): ChildProcess {
  const command = [process.execPath, '--expose-gc', fileURLToPath(new URL(file, import.meta.url)), ...args];
  const [program, ...rest] = canPin ? ['taskset', '-c', String(core), ...command] : command;
  return spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The side's answer to `request`. Throws when it ends or does not answer in time. */
export async function ask<Reply, Request extends { do: string }>(
  side: ChildProcess,
  request: Request,
): Promise<Reply> {
  side.send(request);
  const waiting = new AbortController();
  const signal = AbortSignal.any([waiting.signal, AbortSignal.timeout(answerWithinMs)]);
  const gone = once(side, 'exit', { signal }).then(() => {
    throw new Error(`a side of the benchmark ended or did not answer ${request.do}`);
  });
  gone.catch(() => {}); // its exit at the end is meant
  try {
    const [reply] = await Promise.race([once(side, 'message', { signal }) as Promise<[Reply]>, gone]);
    return reply;
  } finally {
    waiting.abort();
  }
}
