// What a field says of itself that is told to its caller once and kept nowhere: a token, a key, a code.
import { z } from 'zod';

const marked = z.registry<Record<never, never>>();

/** Marks the schema of a field: no record of what was answered holds it. Put it outermost: `.describe()` and its like make a new schema. */
export const secret = <Schema extends z.ZodType>(schema: Schema): Schema => {
  marked.add(schema, {});
  return schema;
};
export const isSecret = (schema: z.core.$ZodType): boolean => marked.has(schema);
