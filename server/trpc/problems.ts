// What is wrong with an input, in words that say what to write instead, field by field.
import { z } from 'zod';
import { closest } from '../lib/closest.ts';

/** Unknown fields for which the one that was meant is looked for. */
const maxCompared = 3;
/** Longest name that is compared with those that are known. */
const maxComparedLength = 40;

/** Each field with its problem, which reads on from the field's name. `known` are the names the input has. */
export function problemsOf(
  { issues }: z.ZodError,
  sent: unknown,
  known: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key, n) => [
            nameOf([...issue.path, key]),
            unknownField(key, n < maxCompared && issue.path.length === 0 ? known : []),
          ])
        : [[nameOf(issue.path), problemOf(issue, valueAt(sent, issue.path))]],
    ),
  );
}

const nameOf = (path: readonly PropertyKey[]) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
    .join('.')
    .replaceAll('.[', '[') || '(body)';

const valueAt = (sent: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], sent);

function unknownField(name: string, known: readonly string[]): string {
  const meant = name.length <= maxComparedLength && known.length > 0 ? closest(name, known) : undefined;
  return `is not a field of this request: ${meant === undefined ? 'leave it out' : `did you mean ${meant}?`}`;
}

/** Zod's own messages begin so; the others are ours and read on from the field's name. */
const isZods = /^(Invalid|Too (small|big)|Unrecognized)/;

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (!isZods.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? 'is required' : wrongType(issue.expected, value, issue.path);
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

const isSecret = /password|token|secret/i;
/** What is said of a value of another type; a number where text is wanted is the commonest. */
function wrongType(expected: string, value: unknown, path: readonly PropertyKey[]): string {
  if (expected === 'string' && typeof value === 'number' && !isSecret.test(String(path.at(-1))))
    return `must be text: write "${value}"`;
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && /^-?\d+$/.test(value))
    return `must be a number: write ${value} without quotes`;
  return `must be ${typeNames[expected] ?? `of type ${expected}`}`;
}
const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
  date: 'an instant with its offset, such as 2026-01-05T09:00:00Z',
};

const bound = (origin: string, much: string) =>
  origin === 'string'
    ? `must have ${much} characters`
    : origin === 'array'
      ? `must have ${much} entries`
      : `must be ${much}`;

const either = (words: readonly string[]) =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
