// An answer that breaks its promise in some rows of a list: they are left out and named, and hide no other.
import type { z } from 'zod';

/**
 * `output` without the items of its lists that `issues` are about, their ids in `hidden`; undefined where something else is wrong as
 * well, or the output is no object. An item is known by its `id`, `dealId` or `epic`, else by its place.
 */
export function withoutBroken(
  output: unknown,
  issues: readonly z.core.$ZodIssue[],
): { hidden: string[] } | undefined {
  if (typeof output !== 'object' || output === null) return undefined;
  const broken = new Map<string, Set<number>>();
  for (const { path } of issues) {
    const [list, index] = path;
    if (typeof list !== 'string' || typeof index !== 'number') return undefined;
    broken.set(list, (broken.get(list) ?? new Set()).add(index));
  }
  const hidden: string[] = [];
  const kept = Object.entries(output).map(([name, value]: [string, unknown]) => {
    const places = broken.get(name);
    if (!places || !Array.isArray(value)) return [name, value] as const;
    for (const place of places) hidden.push(idOf(value[place], place));
    return [name, value.filter((_, place) => !places.has(place))] as const;
  });
  return { ...Object.fromEntries(kept), hidden };
}

function idOf(item: unknown, place: number): string {
  if (typeof item === 'object' && item !== null)
    for (const name of ['id', 'dealId', 'epic'])
      if (name in item) return String((item as Record<string, unknown>)[name]);
  return String(place);
}
