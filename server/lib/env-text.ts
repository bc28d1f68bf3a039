// The text of a `.env` file as names and values: every line is understood, or named. Reads no file and sets nothing.
import { parseEnv } from 'node:util';

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=(.*)$/;

/**
 * Values by name, as Node reads such a file, and what is wrong with lines that Node would pass over without a word. Other than to Node, a
 * `#` inside a word begins no comment: shells, Docker and Python's readers take it for a letter, and keys made by Django are full of it.
 */
export function readEnvText(text: string): {
  values: Record<string, string>;
  problems: string[];
  /** A sentence for each name that is set more than once. */
  repeated: string[];
} {
  const problems: string[] = [];
  const linesOf = new Map<string, number[]>();
  const bare = new Map<string, string>();
  /** The quote that a value of several lines is still open with. */
  let open: { quote: string; line: number } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    if (open) {
      if (line.includes(open.quote)) open = undefined;
      continue;
    }
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name = '', value] = assignment.exec(line) ?? [];
    if (value === undefined) {
      problems.push(`line ${i + 1} is neither NAME=value nor a comment: ${line.trim().slice(0, 20)}…`);
      continue;
    }
    linesOf.set(name, [...(linesOf.get(name) ?? []), i + 1]);
    const quote = /^\s*(["'`])/.exec(value)?.[1];
    if (!quote) bare.set(name, value.replace(/\s#.*$/, '').trim());
    else {
      bare.delete(name);
      if (!value.trimStart().slice(1).includes(quote)) open = { quote, line: i + 1 };
    }
  }
  if (open) problems.push(`line ${open.line} opens a ${open.quote} that is not closed`);
  const values = Object.fromEntries(
    Object.entries({ ...parseEnv(text), ...Object.fromEntries(bare) }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const repeated = [...linesOf]
    .filter(([, lines]) => lines.length > 1)
    .map(
      ([name, lines]) =>
        `${name} is set on the lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}; the last one counts. Delete the others`,
    );
  return { values, problems, repeated };
}
