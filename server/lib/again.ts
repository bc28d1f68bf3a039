// Work that whoever has news asks for: one run at a time, and once more when it was asked for meanwhile. No trading word lives here.

export interface Again {
  /**
   * Has a run begin as soon as the caller's synchronous code has ended; during one, has it followed by another. However often it is
   * asked for before a run begins, that is one run; and one that begins by reading what is to be done misses nothing.
   */
  (): void;
  /** Resolves when what is under way, and what was asked for meanwhile, has ended. */
  idle(): Promise<void>;
}

/** `work` sees to its own failures: whoever asks waits for none. */
export function again(work: () => Promise<void>): Again {
  let asked = false;
  let busy = false;
  let runs = Promise.resolve();
  async function run() {
    busy = true;
    try {
      await null; // what else the caller asks for is one run with it
      while (asked) {
        asked = false;
        await work();
      }
    } finally {
      busy = false; // in the same turn as the last look at `asked`: whoever asks after it begins another run
    }
  }
  const ask = () => {
    asked = true;
    if (!busy) runs = run();
  };
  return Object.assign(ask, { idle: () => runs });
}
