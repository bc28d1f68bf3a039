// The program that is rehearsed: started in a process group of its own, and ended with all that it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pause, systemClock } from '../../lib/clock.ts';

/** How long it may take to end after it was told to. */
const graceMs = 5_000;

export interface Bot {
  /** Its exit code, or the name of the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  /** Ends it and its group: by SIGTERM, and what is left after a while by SIGKILL. */
  end(): Promise<void>;
}
export type BotOutput = 'stdout' | 'stderr';

/** `output`: where what it prints goes. Rejects where it cannot be started, with what to look at. */
export async function startBot(
  [command, ...args]: readonly [string, ...string[]],
  { env, output }: { env: NodeJS.ProcessEnv; output: BotOutput },
): Promise<Bot> {
  const child = spawn(command, args, {
    detached: true,
    env,
    stdio: ['ignore', output === 'stdout' ? 'inherit' : 2, 'inherit'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  await once(child, 'spawn').catch((cause: NodeJS.ErrnoException) => {
    exited.catch(() => undefined);
    const why = cause.code === 'ENOENT' ? 'there is no such program' : cause.message;
    throw new Error(`the bot cannot be started: ${command}: ${why}`, { cause });
  });
  let isOver = false;
  const ended = exited.finally(() => (isOver = true));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // nobody is left in its group
    }
  };
  return {
    ended,
    async end() {
      if (!isOver) {
        signal('SIGTERM');
        const stop = new AbortController();
        await Promise.race([ended, pause(systemClock, graceMs, stop.signal)]);
        stop.abort();
      }
      signal('SIGKILL');
      await ended;
    },
  };
}
