// From text and plain JSON to what a procedure's schema takes: numbers, booleans, lists, instants. Never guesses: what does not fit stays as it came, and the schema refuses it.
import { resolveRef, type JsonSchema } from './schemas.ts';

const instant = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const number = /^-?\d+(\.\d+)?$/;

/**
 * `value` as `schema` (with `$defs` of `root`) wants it. `text` marks values of a path or query, where everything is a string
 * and a list is repeated or separated by commas; in a JSON body only instants are strings in disguise.
 */
export function coerce(value: unknown, schema: JsonSchema, root: JsonSchema, text: boolean): unknown {
  const wanted = resolveRef(schema, root);
  const options = (wanted.anyOf ?? wanted.oneOf) as JsonSchema[] | undefined;
  if (options) return options.reduce((changed, option) => coerce(changed, option, root, text), value);
  const is = (type: string) =>
    (Array.isArray(wanted.type) ? wanted.type : [wanted.type]).includes(type as never);
  if (is('array')) {
    const list = text && !Array.isArray(value) ? [value] : value;
    if (!Array.isArray(list)) return value;
    const items = text ? list.flatMap((item) => String(item).split(',')).filter(Boolean) : list;
    return items.map((item) => coerce(item, (wanted.items ?? {}) as JsonSchema, root, text));
  }
  if (is('object') && isRecord(value)) return coerceFields(value, wanted, root);
  if (typeof value !== 'string') return value;
  if (wanted.format === 'date-time') return toInstant(value);
  if (!text) return value;
  if (is('integer') || is('number')) return number.test(value) ? Number(value) : value;
  if (is('boolean')) return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

/** Whether a parameter of this schema may be repeated. */
export function takesList(schema: JsonSchema, root: JsonSchema): boolean {
  const { type, anyOf, oneOf } = resolveRef(schema, root);
  const options = (anyOf ?? oneOf ?? []) as JsonSchema[];
  return [type].flat().includes('array') || options.some((option) => takesList(option, root));
}

function coerceFields(
  value: Record<string, unknown>,
  schema: JsonSchema,
  root: JsonSchema,
): Record<string, unknown> {
  const known = schema.properties ?? {};
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const wanted = Object.hasOwn(known, key) ? known[key] : rest;
      return [key, wanted === undefined ? item : coerce(item, wanted as JsonSchema, root, false)];
    }),
  );
}

/** An offset is required: without one the same text is another moment on another machine. Days and hours that do not exist stay text. */
function toInstant(value: string): Date | string {
  if (!instant.test(value)) return value;
  const date = new Date(value);
  const day = Number(value.slice(8, 10));
  const exists =
    day >= 1 &&
    day <= new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
  return exists && !Number.isNaN(date.getTime()) ? date : value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
