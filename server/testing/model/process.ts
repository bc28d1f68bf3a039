// The server of the model: one process, which dies at the points where it may and comes back. No I/O.
import type { Timeline } from './timeline.ts';

export type Process = ReturnType<typeof createProcess>;

const maxCrashes = 2;

export function createProcess({ choose, pick, later, note, now }: Timeline) {
  let [up, life, crashes, upSince] = [true, 0, 0, 0];
  /** What its death closes. */
  const connections = new Set<() => void>();
  return {
    connections,
    isUp: () => up,
    /** Which of its lives it is in. */
    life: () => life,
    /** When it last came up, ms. */
    upSince: () => upSince,
    /** A point where the process may die; true when it did. */
    diesHere(where: string): boolean {
      if (crashes >= maxCrashes || choose(8) !== 7) return false;
      crashes++;
      note(`crash ${where}`);
      up = false;
      life++;
      for (const close of [...connections]) close();
      later(pick([500, 5_000, 20_000]), () => {
        up = true;
        upSince = now();
        note('process up');
      });
      return true;
    },
  };
}
