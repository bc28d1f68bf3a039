// Long work on the thread that serves everybody, in slices. No trading word lives here.
import { setImmediate } from 'node:timers/promises';

/** Runs `work` on each item, in order; after every `atOnce` of them whatever else waits in the process has its turn. */
export async function inSlices<Item>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => void,
): Promise<void> {
  let done = 0;
  for (const item of items) {
    if (done > 0 && done % atOnce === 0) await setImmediate();
    work(item);
    done++;
  }
}
