// What an audit row keeps of what a mutation changed: facts as plain JSON shows them, without secrets, and not too many. Knows no procedure.
import { z } from 'zod';
import { isSecret } from '../../shared/secret.ts';

/** What a mutation says about its record. */
export interface Recording {
  /** Reads what it will change or remove, before it acts; it rejects where there is nothing. Left out: nothing stands before. */
  before?: (call: never) => Promise<unknown>;
  /** What is kept of the output; left out: all of it. */
  after?: (output: never, call: never) => unknown;
}
/** What a mutation says, kept beside it. */
const recording = Symbol('recording');
type Recorded = { [recording]?: Recording };

/**
 * The same mutation, with what its audit row keeps. `before` is read just ahead of it, not in its transaction: of two at once both may
 * name what stood before the first.
 */
export function recorded<Opts, Output>(
  says: {
    before?: (opts: NoInfer<Opts>) => Promise<unknown>;
    after?: (output: NoInfer<Output>, opts: NoInfer<Opts>) => unknown;
  },
  act: (opts: Opts) => Promise<Output>,
): (opts: Opts) => Promise<Output> {
  return Object.assign(act, { [recording]: says });
}
export const recordingOf = (resolve: object): Recording | undefined => (resolve as Recorded)[recording];
/** The record of one for another that wraps it. */
export const keepRecording = (from: object): Recorded => {
  const says = recordingOf(from);
  return says ? { [recording]: says } : {};
};

/** Of one side of a row; what is longer is left out, with its size in its place. */
export const maxFactsBytes = 8_192;
/** Never kept, whatever the schema says. */
const neverKept = new Set([
  'password',
  'passwordHash',
  'newPassword',
  'currentPassword',
  'credentials',
  'apiKey',
  'keyHash',
  'accessToken',
  'refreshToken',
  'token',
  'secret',
]);

/** Facts as a JSON text, without the fields in `secrets` at any depth; undefined where there is nothing. */
export function factsOf(facts: unknown, secrets: ReadonlySet<string> = neverKept): string | undefined {
  if (facts === undefined || facts === null) return undefined;
  const text = JSON.stringify(facts, (name, value: unknown) =>
    secrets.has(name) || neverKept.has(name)
      ? undefined
      : typeof value === 'string'
        ? storable(value)
        : value,
  );
  const bytes = Buffer.byteLength(text);
  return bytes > maxFactsBytes ? JSON.stringify({ leftOut: { bytes } }) : text;
}
/** As a JSON column takes it. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD');

const known = new WeakMap<z.ZodType, ReadonlySet<string>>();
/** The names of the fields of an output that are marked as secret, however deep. */
export function secretsOf(schema: z.ZodType | undefined): ReadonlySet<string> {
  if (!schema) return neverKept;
  const names =
    known.get(schema) ?? new Set(fieldsOf(schema).flatMap(([name, field]) => (marks(field) ? [name] : [])));
  known.set(schema, names);
  return names;
}
const marks = (field: z.core.$ZodType): boolean => isSecret(field) || partsOf(field).some(marks);

/** Every field that a value of the schema may have, by its name. */
export function fieldsOf(
  schema: z.core.$ZodType,
  seen = new Set<z.core.$ZodType>(),
): [string, z.core.$ZodType][] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const own = schema instanceof z.core.$ZodObject ? Object.entries(schema._zod.def.shape) : [];
  const below = [...own.map(([, field]) => field), ...partsOf(schema)];
  return [...own, ...below.flatMap((part) => fieldsOf(part, seen))];
}
/** What a schema is made of, but for the fields of an object. */
function partsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as {
    innerType?: z.core.$ZodType;
    element?: z.core.$ZodType;
    options?: readonly z.core.$ZodType[];
    left?: z.core.$ZodType;
    right?: z.core.$ZodType;
    in?: z.core.$ZodType;
    out?: z.core.$ZodType;
    valueType?: z.core.$ZodType;
    items?: readonly z.core.$ZodType[];
    getter?: () => z.core.$ZodType;
  };
  const { innerType, element, options = [], left, right, valueType, items = [], getter } = def;
  const one = [innerType, element, left, right, def.in, def.out, valueType, getter?.()];
  return [...one, ...options, ...items].filter((part) => part !== undefined);
}
