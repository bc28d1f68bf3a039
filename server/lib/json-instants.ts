// Instants in values that were kept as JSON, where they are RFC 3339 text: put back where a schema has them. Checks nothing else.
import { z } from 'zod';

type Revive = (json: unknown) => unknown;

/**
 * A function that turns text into `Date` wherever `schema` has an instant, and nowhere else; undefined where it has none. Which fields
 * those are is worked out once, here. What does not fit stays as it is, for the schema to refuse. Throws on a schema with a part it
 * does not know, so that no instant in it stays text.
 */
export function reviverOf(schema: z.core.$ZodType): Revive | undefined {
  if (schema instanceof z.core.$ZodDate) return (json) => (typeof json === 'string' ? new Date(json) : json);
  if (
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodDefault
  )
    return reviverOf(schema._zod.def.innerType);
  if (schema instanceof z.core.$ZodArray) {
    const each = reviverOf(schema._zod.def.element);
    return each && ((json) => (Array.isArray(json) ? json.map(each) : json));
  }
  if (schema instanceof z.core.$ZodObject) return ofFields(schema);
  if (schema instanceof z.core.$ZodDiscriminatedUnion) return ofOptions(schema);
  if (leaves.some((leaf) => schema instanceof leaf)) return undefined;
  throw new Error(`no instants are looked for in a schema of type ${schema._zod.def.type}`);
}
const leaves = [
  z.core.$ZodString,
  z.core.$ZodNumber,
  z.core.$ZodBoolean,
  z.core.$ZodEnum,
  z.core.$ZodLiteral,
  z.core.$ZodNull,
];

function ofFields({ _zod: { def } }: z.core.$ZodObject): Revive | undefined {
  const fields = Object.entries(def.shape).flatMap(([name, field]) => {
    const revive = reviverOf(field);
    return revive ? [{ name, revive }] : [];
  });
  if (fields.length === 0) return undefined;
  return (json) => {
    if (!isRecord(json)) return json;
    const revived = { ...json };
    for (const { name, revive } of fields) if (name in json) revived[name] = revive(json[name]);
    return revived;
  };
}

function ofOptions({ _zod: { def } }: z.core.$ZodDiscriminatedUnion): Revive | undefined {
  const byName = new Map<unknown, Revive>();
  for (const option of def.options) {
    const revive = reviverOf(option);
    const names = option._zod.propValues?.[def.discriminator] ?? [];
    if (revive) for (const name of names) byName.set(name, revive);
  }
  if (byName.size === 0) return undefined;
  return (json) => (isRecord(json) ? (byName.get(json[def.discriminator])?.(json) ?? json) : json);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
