// Containers that share structure between versions: a map by text key and a bounded list. No trading word lives here.

type Entry<V> = readonly [key: string, value: V];
type Leaf<V> = readonly Entry<V>[];
interface Branch<V> {
  readonly children: readonly Node<V>[];
}
type Node<V> = Leaf<V> | Branch<V>;

/** A leaf with more entries becomes a branch of 2 ** bits children, unless the hash is used up. */
const leafEntries = 8;
const bits = 4;
const empty: Leaf<never> = [];

const isLeaf = <V>(node: Node<V>): node is Leaf<V> => Array.isArray(node);
const slot = (hash: number, depth: number) => (hash >>> (depth * bits)) & (2 ** bits - 1);

function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
}

function put<V>(node: Node<V>, hash: number, depth: number, key: string, value: V): Node<V> {
  if (!isLeaf(node)) {
    const i = slot(hash, depth);
    return { children: node.children.with(i, put(node.children[i]!, hash, depth + 1, key, value)) };
  }
  const at = node.findIndex(([name]) => name === key);
  if (at >= 0) return node.with(at, [key, value]);
  const entries: Leaf<V> = [...node, [key, value]];
  if (entries.length <= leafEntries || depth * bits >= 32) return entries;
  const children = Array.from({ length: 2 ** bits }, (_, i) =>
    entries.filter(([name]) => slot(hashOf(name), depth) === i),
  );
  return { children };
}

function cut<V>(node: Node<V>, hash: number, depth: number, key: string): Node<V> {
  if (isLeaf(node)) return node.filter(([name]) => name !== key);
  const i = slot(hash, depth);
  return { children: node.children.with(i, cut(node.children[i]!, hash, depth + 1, key)) };
}

function* walk<V>(node: Node<V>): Generator<Entry<V>> {
  if (isLeaf(node)) yield* node;
  else for (const child of node.children) yield* walk(child);
}

/** A map whose changes give a new map and leave the old one as it was; all but a few small arrays are shared. */
export class PersistentMap<V> {
  readonly #root: Node<V>;
  constructor(root: unknown = empty) {
    this.#root = root as Node<V>;
  }
  get(key: string): V | undefined {
    let node = this.#root;
    for (let hash = hashOf(key), depth = 0; !isLeaf(node); depth++) node = node.children[slot(hash, depth)]!;
    for (const entry of node) if (entry[0] === key) return entry[1];
    return undefined;
  }
  with(key: string, value: V): PersistentMap<V> {
    return new PersistentMap(put(this.#root, hashOf(key), 0, key, value));
  }
  without(key: string): PersistentMap<V> {
    return new PersistentMap(cut(this.#root, hashOf(key), 0, key));
  }
  /** In no order that means anything; sort before anything depends on it. */
  entries(): Generator<Entry<V>> {
    return walk(this.#root);
  }
}

/** Items per chunk of a list: what one append copies at most, besides one pointer per chunk. */
export const chunkLength = 64;
/** Items, oldest first, in chunks of which only the last may be short. */
export type Chunks<T> = readonly (readonly T[])[];

/** Appends `item`; beyond `maxChunks` the oldest chunk goes and is returned as `dropped`. */
export function append<T>(
  chunks: Chunks<T>,
  item: T,
  maxChunks: number,
): { chunks: Chunks<T>; dropped: readonly T[] } {
  const last = chunks.at(-1);
  if (last && last.length < chunkLength)
    return { chunks: chunks.with(chunks.length - 1, [...last, item]), dropped: [] };
  const grown = [...chunks, [item]];
  return grown.length <= maxChunks
    ? { chunks: grown, dropped: [] }
    : { chunks: grown.slice(1), dropped: grown[0]! };
}

export function* newestFirst<T>(chunks: Chunks<T>): Generator<T> {
  for (let i = chunks.length - 1; i >= 0; i--) {
    const chunk = chunks[i]!;
    for (let j = chunk.length - 1; j >= 0; j--) yield chunk[j]!;
  }
}
