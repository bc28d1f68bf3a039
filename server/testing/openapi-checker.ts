// An answer or message held against what an API document says of it.
import { z } from 'zod';
import type { JsonSchema } from '../api/schemas.ts';

const prefix = '#/components/schemas/';

/** The document's schema as a check, beside it those components that it reaches. */
export function checker(
  doc: { components: { schemas: Record<string, JsonSchema> } },
  schema: object,
): z.ZodType {
  const reached = new Map<string, object>();
  function reach(part: object) {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const component = doc.components.schemas[name!];
      if (!component || reached.has(name!)) continue;
      reached.set(name!, component);
      reach(component);
    }
  }
  reach(schema);
  return z.fromJSONSchema(
    JSON.parse(
      JSON.stringify({ ...schema, $defs: Object.fromEntries(reached) }).replaceAll(prefix, '#/$defs/'),
    ),
  );
}
