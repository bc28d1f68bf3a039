// Which known name somebody may have meant by one that is not known. No trading word lives here.

/** Letters added, left out, changed or swapped with their neighbour between `a` and `b`. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, changed);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The known name that `name` is a slip of the pen away from, whatever its case and underscores; undefined for none, and for a known one. */
export function closest(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const plain = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  const nearest = known
    .map((each) => ({ each, by: distance(plain(name), plain(each)) }))
    .reduce((best, next) => (next.by < best.by ? next : best), { each: '', by: Infinity });
  // Of a short name much else is as near: HOME is no HOST.
  const bearable = plain(nearest.each).length < 6 ? 1 : 2;
  return nearest.by <= bearable ? nearest.each : undefined;
}
