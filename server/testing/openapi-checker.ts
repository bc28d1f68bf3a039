// An answer held against what the API document says of it.
import { z } from 'zod';
import type { OpenApiDocument } from '../api/openapi.ts';

/** The document's schema as a check, its components beside it. */
export const checker = (doc: OpenApiDocument, schema: object) =>
  z.fromJSONSchema(
    JSON.parse(
      JSON.stringify({ ...schema, $defs: doc.components.schemas }).replaceAll(
        '#/components/schemas/',
        '#/$defs/',
      ),
    ),
  );
