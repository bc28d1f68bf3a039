// A map that keeps its most recently used entries.

export interface RecentMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

/** Holds at most `limit` entries; the one unused for longest goes first. */
export function createRecentMap<V extends object>(limit: number): RecentMap<V> {
  const entries = new Map<string, V>(); // a Map lists keys in the order they were set
  return {
    get(key) {
      const value = entries.get(key);
      if (value) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > limit) for (const oldest of entries.keys()) return void entries.delete(oldest);
    },
    delete: (key) => void entries.delete(key),
  };
}
