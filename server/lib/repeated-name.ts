// A name that stands twice in one object of a JSON text: the parser keeps the last value and drops the others without a word. No trading word lives here.

const [quote, backslash, open, close, opened, closed, comma, colon] = [...'"\\{}[],:'].map((each) =>
  each.charCodeAt(0),
);

/** An object that is not closed yet: the names met in it, and the one whose value is being read. A list counts its entries instead. */
type Level = { names: Set<string>; name: string } | { names: undefined; name: number };

/**
 * The path (`['json', 'epics', 0]`) of the first name that its object has a second time, however it is spelled (`"\u0073ize"` is
 * `size`); undefined where there is none. One pass, at most as many levels kept as the text is deep. Of a text that is not JSON it says
 * what it likes: the parser is asked as well.
 */
export function repeatedName(json: string): (string | number)[] | undefined {
  const levels: Level[] = [];
  /** Whether the next string of the innermost object is a name. */
  let isNext = false;
  for (let at = 0; at < json.length; at++) {
    const level = levels.at(-1);
    const code = json.charCodeAt(at);
    if (code === quote) {
      const end = endOf(json, at);
      if (isNext && level?.names) {
        level.name = nameIn(json, at, end);
        if (level.names.has(level.name)) return levels.map(({ name }) => name);
        level.names.add(level.name);
      }
      at = end;
    } else if (code === open) {
      levels.push({ names: new Set(), name: '' });
      isNext = true;
    } else if (code === opened) levels.push({ names: undefined, name: 0 });
    else if (code === close || code === closed) levels.pop();
    else if (code === colon) isNext = false;
    else if (code === comma && level) {
      isNext = level.names !== undefined;
      if (!level.names) level.name++;
    }
  }
  return undefined;
}

/** Where the string of a JSON text that begins at `start` ends: at its closing quote, or at the end of the text. */
export function endOf(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return json.length;
}

function nameIn(json: string, start: number, end: number): string {
  const written = json.slice(start + 1, end);
  if (!written.includes('\\')) return written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch {
    return written; // no JSON: the parser refuses it
  }
}
