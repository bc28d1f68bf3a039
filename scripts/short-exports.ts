// Says what drizzle-orm exports in few words; `npm ci` runs it as `prepare`. Node 24 parses the `exports` of a package once for each of its
// modules that is loaded: 170 kB a hundred times, which is half the CPU time of a start. What can be imported stays as it is.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Exports = Record<string, unknown>;

/** The same exports with one pattern, `./*`, in place of all entries that differ in nothing but their own name. */
export function shorten(exports: Exports): Exports {
  const names = Object.keys(exports);
  if (names.some((name) => name.includes('*'))) return exports;
  const shapes = new Map<string, string[]>();
  for (const name of names.filter((each) => each.startsWith('./'))) {
    const shape = JSON.stringify(exports[name]).replaceAll(name, './*');
    shapes.set(shape, [...(shapes.get(shape) ?? []), name]);
  }
  const [common] = [...shapes].toSorted(([, a], [, b]) => b.length - a.length);
  if (!common || common[1].length < 2) return exports;
  const [shape, alike] = common;
  const kept = names.filter((name) => !alike.includes(name));
  return { ...Object.fromEntries(kept.map((name) => [name, exports[name]])), './*': JSON.parse(shape) };
}

if (import.meta.main) {
  const file = path.join(import.meta.dirname, '../node_modules/drizzle-orm/package.json');
  if (existsSync(file)) {
    const content = JSON.parse(readFileSync(file, 'utf8')) as { exports: Exports };
    // Beside and renamed: the file itself may be shared with other installations by hard links.
    writeFileSync(`${file}.new`, JSON.stringify({ ...content, exports: shorten(content.exports) }, null, 2));
    renameSync(`${file}.new`, file);
  }
}
