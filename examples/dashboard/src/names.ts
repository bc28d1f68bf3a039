// The names of markets by their epics, for lists that bear epics only. What has no name here keeps its epic.
import type { FTraderClient } from '../../../client/index.ts';

/** Most markets in one question. */
const maxAsked = 40;

export interface Names {
  of(epic: string): string;
  /** Resolves once the name of each is known, or is known not to be. */
  learn(epics: readonly string[]): Promise<void>;
}

export function createNames(api: FTraderClient['api'], feed: string): Names {
  const names = new Map<string, string>();
  const learnOf = (epic: string) =>
    api.marketData.get.query({ epic, feed }).then(
      ({ name }) => void names.set(epic, name),
      () => {}, // asked again with the next page that has it
    );
  return {
    of: (epic) => names.get(epic) ?? epic,
    async learn(epics) {
      const wanted = [...new Set(epics)].filter((epic) => !names.has(epic));
      for (let from = 0; from < wanted.length; from += maxAsked) {
        const some = wanted.slice(from, from + maxAsked);
        // One question for all of them first: alone each would cost a request of what the broker allows in a minute.
        if (some.length > 1) await api.marketData.prices.query({ epics: some, feed }).catch(() => {});
        await Promise.all(some.map(learnOf));
      }
    },
  };
}
