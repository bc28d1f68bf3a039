// What is wrong with an input, in words that say what to write instead, field by field.
import { z } from 'zod';
import { closest } from '../lib/closest.ts';
import { exampleInput, exampleOf, fieldsOf, mayBeLeftOut, schemaAt } from './example.ts';

/** Unknown fields for which the one that was meant is looked for. */
const maxCompared = 3;
/** Longest name that is compared with those that are known. */
const maxComparedLength = 40;

/** Each field with its problem, which reads on from the field's name. */
export function problemsOf({ issues }: z.ZodError, sent: unknown, input: z.ZodType): Record<string, string> {
  return Object.fromEntries(
    issues.flatMap((issue) => {
      const { path } = issue;
      if (issue.code !== 'unrecognized_keys')
        return [[nameOf(path), problemOf(issue, valueAt(sent, path), input)]];
      const known = Object.keys(fieldsOf(schemaAt(input, path)));
      // Words of the schema's own are about one field that belongs elsewhere.
      const own = issue.keys.length === 1 && !isZods.test(issue.message) ? issue.message : undefined;
      return issue.keys.map((key, n) => [
        nameOf([...path, key]),
        own ?? unknownName(key, n < maxCompared ? known : [], 'field of this request'),
      ]);
    }),
  );
}

/** The name by which a part of an input is told: `epics[0]`, and `(input)` for all of it. */
export const nameOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
    .join('.')
    .replaceAll('.[', '[') || '(input)';

const valueAt = (sent: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], sent);

/** What is said of a name that is none of those that are `known`. */
export function unknownName(name: string, known: readonly string[], what: string): string {
  const meant = name.length <= maxComparedLength && known.length > 0 ? closest(name, known) : undefined;
  return `is not a ${what}: ${meant === undefined ? 'leave it out' : `did you mean ${meant}?`}`;
}

/** Zod's own messages begin so; the others are ours and read on from the field's name. */
const isZods = /^(Invalid|Too (small|big)|Unrecognized)/;

function problemOf(issue: z.core.$ZodIssue, value: unknown, input: z.ZodType): string {
  if (!isZods.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.path.length === 0) return problemOfAll(value, input);
      if (value === undefined) return 'is required';
      const schema = schemaAt(input, issue.path);
      const orNothing = value === null && schema && mayBeLeftOut(schema) ? ', or leave it out' : '';
      return `${wrongType(issue, value, schema)}${orNothing}`;
    }
    case 'invalid_value':
      return `must be ${either(issue.values.map(String))}`;
    case 'too_small':
      return bound(issue.origin, `at least ${issue.minimum}`);
    case 'too_big':
      return bound(issue.origin, `at most ${issue.maximum}`);
    default:
      return 'is not written in a form that is read';
  }
}

/** An input is sent in its envelope: where it is a body of its own, its face has looked at it before. */
const problemOfAll = (value: unknown, input: z.ZodType) =>
  `${value === undefined ? 'is required' : 'must be a JSON object'}: write ${JSON.stringify({ json: exampleInput(input) })}`;

const isSecret = /password|token|secret/i;
/** A number that is the same when it is read from the text and written again. */
const isPlainNumber = (text: string) => /^-?[\d.]{1,16}$/.test(text);
/** What is said of a value of another type; a number where text is wanted is the commonest. */
function wrongType(
  { expected, path }: z.core.$ZodIssueInvalidType,
  value: unknown,
  schema: z.ZodType | undefined,
): string {
  const [text, isOpen] = [String(value), !isSecret.test(String(path.at(-1)))];
  if (expected === 'string' && typeof value === 'number' && isPlainNumber(text) && isOpen)
    return `must be text: write "${text}"`;
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && /^-?\d+$/.test(value))
    return `must be a number: write ${value} without quotes`;
  const { name, usual } = typeNames[expected] ?? { name: `of type ${expected}` };
  const shown = schema && exampleOf(schema);
  const example = shown === undefined ? (usual ?? '') : `, such as ${JSON.stringify(shown)}`;
  return `must be ${name}${example}`;
}
/** Each type, and what is said of it where the schema shows no example. */
const typeNames: Record<string, { name: string; usual?: string }> = {
  string: { name: 'text', usual: ' in double quotes' },
  number: { name: 'a number', usual: ', such as 1' },
  int: { name: 'a whole number', usual: ', such as 1' },
  boolean: { name: 'true or false' },
  array: { name: 'a list', usual: ', such as ["…"]' },
  object: { name: 'a JSON object', usual: ', such as {…}' },
  date: { name: 'an instant with its offset, such as 2026-01-05T09:00:00Z' },
};

const bound = (origin: string, much: string) =>
  origin === 'string'
    ? `must have ${much} characters`
    : origin === 'array'
      ? `must have ${much} entries`
      : `must be ${much}`;

const either = (words: readonly string[]) =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
