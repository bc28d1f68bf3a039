// npm as the one who started this process. A signal that ends npm at once, or a shell in between, does not reach what it started: nobody else would stop that.
import { isSameProcess, parentOf, processIdentity, titleOf } from '../data-folder/index.ts';
import { systemClock, type Clock } from '../lib/clock.ts';

const lookEveryMs = 1_000;
const isNpm = (pid: number) => /^npm\b/.test(titleOf(pid));

/** Calls `stop` once when npm, or the shell between it and us, has ended. Never, where npm did not start this process. */
export function whenLauncherEnds(
  stop: () => void,
  { env = process.env, clock = systemClock }: { env?: NodeJS.ProcessEnv; clock?: Clock } = {},
): void {
  if (env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const above = parentOf(parent);
  // Some shells put the command in their own place: then our parent is npm, and above it stands whoever may leave and let us run.
  const npm = !isNpm(parent) && above !== undefined && isNpm(above) ? above : undefined;
  const launchers = [parent, npm].flatMap((pid) => {
    const identity = pid === undefined ? undefined : processIdentity(pid);
    return pid === undefined || identity === undefined ? [] : [{ pid, identity }];
  });
  const cancel = clock.every(lookEveryMs, () => {
    if (launchers.every(({ pid, identity }) => isSameProcess(pid, identity))) return;
    cancel();
    stop();
  });
}
