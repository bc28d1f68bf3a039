// A journal that forgets: for a simulator without a data folder, and for tests. The same interface, nothing on a disk.
import { emptyState, evolve } from '../engine/state.ts';
import type { State } from '../engine/types.ts';
import type { Journal } from './journal.ts';

export function createMemoryJournal(): Journal {
  let state: State = emptyState;
  let n = 0;
  return {
    load: async () => ({ state, n }),
    async adopt(begin) {
      if (n > 0) throw new RangeError('something was dealt already');
      state = begin;
    },
    async append(decisions) {
      if (decisions.length === 0) return;
      n++;
      for (const decision of decisions) state = evolve(state, decision);
    },
    synced: () => state,
    stats: () => ({ n, syncs: 0 }),
    close: async () => {},
  };
}
