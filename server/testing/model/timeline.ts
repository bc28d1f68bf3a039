// Simulated time and chance of a model: what is due next, and whatever is not determined taken from a script. No I/O.

export type Timeline = ReturnType<typeof createTimeline>;

const usualStart = Date.UTC(2026, 0, 5);

/** `choices` decides whatever is not determined; when it runs out the tame thing happens. It begins at `start` (ms, a whole second). */
export function createTimeline(choices: readonly number[], start = usualStart) {
  const script = [...choices];
  const agenda: { at: number; order: number; run: () => void }[] = [];
  const story: string[] = [];
  let [now, order] = [0, 0];
  const choose = (options: number): number => (script.shift() ?? 0) % options;
  return {
    /** Milliseconds since it began. */
    now: () => now,
    /** The instant `ms` after it began; without it, the current one. */
    date: (ms = now) => new Date(start + ms),
    /** A number below `options`. */
    choose,
    pick: <T>(options: readonly T[]): T => options[choose(options.length)]!,
    later: (ms: number, run: () => void): void => void agenda.push({ at: now + ms, order: order++, run }),
    /** What happened, for reading a counterexample. */
    story,
    note: (line: string): void => void story.push(`${String(now).padStart(6)} ${line}`),
    /** Runs all that is due until `endMs`, also what becomes due on the way. */
    play(endMs: number): void {
      for (
        let next = agenda.shift();
        next && next.at <= endMs;
        next = agenda.sort((a, b) => a.at - b.at || a.order - b.order).shift()
      ) {
        now = next.at;
        next.run();
      }
    },
  };
}
