// Maps that hold only so many entries, the oldest going first. No trading word lives here.

/** Sets `key` as the newest entry of `map`; beyond `most` entries the oldest goes. */
export function putNewest<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key); // a Map lists keys in the order in which they were set
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}

/** What `key` has, which becomes the newest entry: so that of a map read with this the entry unused for longest goes first. */
export function useNewest<K, V extends object>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  if (value) putNewest(map, key, value, Infinity);
  return value;
}
