// The hash by which a repeated request is recognised as the same one. No trading word lives here.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decimal } from '../../shared/decimal.ts';
import { control } from '../../shared/idempotency.ts';
import { DecimalInput, DecimalText } from '../../shared/primitives.ts';

type Schema = z.core.$ZodType;
/** A parsed value in the one spelling of its meaning, as JSON takes it. */
type Canonical = (value: unknown) => unknown;

/**
 * The hash (SHA-256, hexadecimal) of requests of `kind` that `schema` has parsed: every field takes part but those marked `control`;
 * the order of fields and the spelling of decimals do not matter. Hashes are stored and compared for ever, so a field added later must
 * be optional and without a default. Throws for a schema that has no canonical form here, such as a record or a transform.
 */
export function requestHash<S extends Schema>(schema: S, kind: string): (body: z.core.output<S>) => string {
  const canonical = canonicalOf(schema);
  return (body) => {
    const fields = canonical(body);
    return createHash('sha256')
      .update(JSON.stringify([kind, isRecord(fields) ? Object.entries(fields) : fields]))
      .digest('hex');
  };
}

function canonicalOf(schema: Schema): Canonical {
  if (stemsFrom(schema, (origin) => origin === DecimalText || origin === DecimalInput))
    return (value) => decimal.canonical(String(value));
  if (schema instanceof z.core.$ZodObject) return canonicalObject(schema);
  if (schema instanceof z.core.$ZodArray) {
    const element = canonicalOf(schema._zod.def.element);
    return (value) => (Array.isArray(value) ? value.map(element) : value);
  }
  if (schema instanceof z.core.$ZodUnion) {
    const options = schema._zod.def.options.map((option) => ({ option, canonical: canonicalOf(option) }));
    return (value) => {
      const fitting = options.find(({ option }) => z.core.safeParse(option, value).success); // the first, as in parsing
      if (!fitting) throw new TypeError('a value fits no option of its schema');
      return fitting.canonical(value);
    };
  }
  const inner = innerOf(schema);
  if (inner) {
    const present = canonicalOf(inner);
    return (value) => (value == null ? value : present(value));
  }
  if (plain.has(schema._zod.def.type)) return (value) => value;
  throw new TypeError(`a ${schema._zod.def.type} has no canonical form`);
}
/** What JSON writes in one way only. */
const plain = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'date', 'null']);

function canonicalObject(schema: z.core.$ZodObject): Canonical {
  const { shape, catchall } = schema._zod.def;
  if (catchall && !(catchall instanceof z.core.$ZodNever))
    throw new TypeError('an object with unknown fields has no canonical form');
  const fields = Object.entries(shape)
    .filter(([, field]) => !isControl(field))
    .map(([name, field]) => ({ name, canonical: canonicalOf(field) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return (value) =>
    isRecord(value)
      ? Object.fromEntries(
          fields
            .filter(({ name }) => value[name] !== undefined)
            .map(({ name, canonical }) => [name, canonical(value[name])]),
        )
      : value;
}

function isControl(schema: Schema): boolean {
  const inner = innerOf(schema);
  return stemsFrom(schema, (origin) => control.has(origin)) || (inner !== undefined && isControl(inner));
}

/** What an optional, nullable, default or read-only schema wraps. */
const innerOf = (schema: Schema): Schema | undefined =>
  schema instanceof z.core.$ZodOptional ||
  schema instanceof z.core.$ZodNullable ||
  schema instanceof z.core.$ZodDefault ||
  schema instanceof z.core.$ZodReadonly
    ? schema._zod.def.innerType
    : undefined;

/** Whether `test` holds for the schema, or for one it was made from by `.refine()`, `.describe()`, `.meta()` and the like. */
function stemsFrom(schema: Schema, test: (origin: Schema) => boolean): boolean {
  for (let origin: Schema | undefined = schema; origin; origin = origin._zod.parent)
    if (test(origin)) return true;
  return false;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
