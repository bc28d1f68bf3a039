// An input as its schema shows it, for sentences that say what to write. What callers may not know is in no schema.
import { z } from 'zod';

/** The schema without what makes it optional or changes its value afterwards. */
export function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return bare(schema.def.innerType as z.ZodType);
  return schema instanceof z.ZodPipe ? bare(schema.def.in as z.ZodType) : schema;
}

/** The schema of a part of `schema`; undefined where it has none. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((at, part) => {
    const whole = at && bare(at);
    if (whole instanceof z.ZodArray) return whole.element as z.ZodType;
    return whole instanceof z.ZodObject ? fieldsOf(whole)[String(part)] : undefined;
  }, schema);
}

/** The fields of an object; none of anything else. */
export function fieldsOf(schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> {
  const whole = schema && bare(schema);
  return whole instanceof z.ZodObject ? (whole.shape as Record<string, z.ZodType>) : {};
}

export const mayBeLeftOut = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

/** A value to write: the schema's own example, its default or its first choice; undefined where it shows none. */
export function exampleOf(schema: z.ZodType): unknown {
  const [shown] = (z.globalRegistry.get(schema)?.['examples'] as unknown[] | undefined) ?? [];
  if (shown !== undefined) return shown;
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue;
  const whole = bare(schema);
  if (whole !== schema) return exampleOf(whole);
  if (whole instanceof z.ZodEnum) return whole.options[0];
  if (whole instanceof z.ZodArray) return [exampleOf(whole.element as z.ZodType) ?? '…'];
  return whole instanceof z.ZodObject ? exampleInput(whole) : undefined;
}

/** What must be written of an object at least, without the fields that stand `elsewhere`; `…` where the schema shows nothing. */
export const exampleInput = (schema: z.ZodType, elsewhere: readonly string[] = []): object =>
  Object.fromEntries(
    Object.entries(fieldsOf(schema))
      .filter(([name, field]) => !elsewhere.includes(name) && !mayBeLeftOut(field))
      .map(([name, field]) => [name, exampleOf(field) ?? '…']),
  );
