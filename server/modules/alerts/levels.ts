// Alerts ordered by the next value that concerns each: two heaps, so that a value looks at those only that it reaches. Pure.

/** What waits; its place in a heap is kept in it, so that it can be taken out. */
export interface Waiting {
  place?: { heap: Waiting[]; index: number; key: bigint } | undefined;
}
export interface Awaited {
  rising: boolean;
  at: bigint;
}
export type Levels<Item extends Waiting> = ReturnType<typeof createLevels<Item>>;

export function createLevels<Item extends Waiting>() {
  /** The lowest first; of what a falling value reaches the key is its negative. */
  const [rising, falling]: [Item[], Item[]] = [[], []];
  function takeReached(heap: Item[], key: bigint, reached: Item[]) {
    while (heap.length > 0 && heap[0]!.place!.key <= key) {
      const item = heap[0]!;
      remove(item);
      reached.push(item);
    }
  }
  return {
    put(item: Item, awaited: Awaited): void {
      const heap = awaited.rising ? rising : falling;
      item.place = { heap, index: heap.length, key: awaited.rising ? awaited.at : -awaited.at };
      heap.push(item);
      up(heap, item);
    },
    /** Takes out all that `value` reaches, and gives them. */
    reach(value: bigint): readonly Item[] {
      if (!(rising[0] && rising[0].place!.key <= value) && !(falling[0] && falling[0].place!.key <= -value))
        return none;
      const reached: Item[] = [];
      takeReached(rising, value, reached);
      takeReached(falling, -value, reached);
      return reached;
    },
  };
}
const none: readonly never[] = [];

/** Takes an item out, wherever it waits. */
export function remove(item: Waiting): void {
  if (!item.place) return;
  const { heap, index } = item.place;
  item.place = undefined;
  const last = heap.pop()!;
  if (last === item) return;
  heap[index] = last;
  last.place!.index = index;
  up(heap, last);
  down(heap, last);
}

function up(heap: Waiting[], item: Waiting): void {
  const place = item.place!;
  while (place.index > 0) {
    const above = heap[(place.index - 1) >> 1]!;
    if (above.place!.key <= place.key) return;
    swap(heap, above, item);
  }
}
function down(heap: Waiting[], item: Waiting): void {
  const place = item.place!;
  for (;;) {
    const [left, right] = [heap[2 * place.index + 1], heap[2 * place.index + 2]];
    const least = right && right.place!.key < left!.place!.key ? right : left;
    if (!least || least.place!.key >= place.key) return;
    swap(heap, item, least);
  }
}
function swap(heap: Waiting[], a: Waiting, b: Waiting): void {
  const [at, bt] = [a.place!.index, b.place!.index];
  heap[at] = b;
  heap[bt] = a;
  a.place!.index = bt;
  b.place!.index = at;
}
