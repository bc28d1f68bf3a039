// Maps that hold only so many entries. No trading word lives here.

/** Sets `key` as the newest entry of `map`; beyond `most` entries the oldest goes. */
export function putNewest<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
