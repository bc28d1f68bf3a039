// An answer or message held against what an API document says of it.
import { z } from 'zod';
import type { JsonSchema } from '../api/schemas.ts';

/** The document's schema as a check, its components beside it. */
export const checker = (doc: { components: { schemas: Record<string, JsonSchema> } }, schema: object) =>
  z.fromJSONSchema(
    JSON.parse(
      JSON.stringify({ ...schema, $defs: doc.components.schemas }).replaceAll(
        '#/components/schemas/',
        '#/$defs/',
      ),
    ),
  );
