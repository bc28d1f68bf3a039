// FIQL as far as IG's activity history speaks it: `==`, `!=`, `;` and, `,` or, parentheses. Knows the grammar, not what is filtered.

/** Longest filter that is read, and how deep its parentheses may go. */
const maxLength = 2_000;
const maxDepth = 20;
const comparison = /([A-Za-z]+(?:\.[A-Za-z]+)*)(==|!=)([^;,()=!]+)/y;

type Test = (item: unknown) => boolean;

/** All values at `path`, through every element of the lists on the way; none where it leads nowhere. */
function valuesAt(item: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(item))
    return item.flatMap((each: unknown) => valuesAt(each, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return [item];
  return typeof item === 'object' && item !== null && Object.hasOwn(item, name)
    ? valuesAt((item as Record<string, unknown>)[name], rest)
    : [];
}
const equals = (value: unknown, text: string) =>
  typeof value === 'number' ? value === Number(text) : String(value) === text;

/**
 * The filter as a test of items. `==` holds when any value at the path equals, `!=` when none does; `null` is a value.
 * Throws SyntaxError on malformed text, and on a path that is not among `paths`, which would silently filter nothing.
 */
export function parseFilter(text: string, paths: ReadonlySet<string>): Test {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`unreadable filter at ${at}`);
  };
  function takes(sign: string): boolean {
    const found = text[at] === sign;
    if (found) at++;
    return found;
  }
  /** Binds weaker than `;`. */
  function either(depth: number): Test {
    const tests = [both(depth)];
    while (takes(',')) tests.push(both(depth));
    return (item) => tests.some((test) => test(item));
  }
  function both(depth: number): Test {
    const tests = [one(depth)];
    while (takes(';')) tests.push(one(depth));
    return (item) => tests.every((test) => test(item));
  }
  function one(depth: number): Test {
    if (takes('(')) {
      if (depth === maxDepth) fail();
      const inner = either(depth + 1);
      return takes(')') ? inner : fail();
    }
    comparison.lastIndex = at;
    const [all, path, operator, value] = comparison.exec(text) ?? [];
    if (all === undefined || !paths.has(path!)) return fail();
    at += all.length;
    const found: Test = (item) => valuesAt(item, path!.split('.')).some((each) => equals(each, value!));
    return operator === '==' ? found : (item) => !found(item);
  }
  if (text.length > maxLength) fail();
  const test = either(0);
  return at === text.length ? test : fail();
}
