// Zod schemas as JSON Schema, the way plain JSON sees them: an instant is a string there. For REST's coercion and for OpenAPI.
import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import type { Scope } from '../../shared/auth.ts';
import type { Call } from '../trpc/call.ts';
import type { ProcedureMeta } from '../trpc/init.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The schema with its named parts under `$defs`. `input` is what a caller sends, before defaults and transforms. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date')
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      // Zod writes the bounds of a safe integer, which say nothing.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Answers may gain fields; a client generated from an older document must take them.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
}

/** The schema behind a `$ref` into `$defs`, of which there may be a chain. */
export function resolveRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : resolveRef((root.$defs?.[name] ?? {}) as JsonSchema, root);
}

export interface ProcedureInfo {
  /** `router.procedure` */
  name: string;
  type: Call['type'];
  scope: Scope;
  input: z.ZodType | undefined;
  output: z.ZodType | undefined;
  call: ProcedureMeta['call'];
}

/** Every procedure of a router, in its own order. Throws on one that was not made by one of trpc/init's builders. */
export function listProcedures(router: AnyTRPCRouter): ProcedureInfo[] {
  return Object.entries(router._def.procedures as Record<string, { _def: ProcedureDef }>).map(
    ([name, { _def }]) => {
      if (!_def.meta) throw new Error(`${name} has no scope`);
      const { scope, input, output, call } = _def.meta;
      return { name, type: _def.type, scope, input, output, call };
    },
  );
}

interface ProcedureDef {
  type: ProcedureInfo['type'];
  meta?: ProcedureMeta;
}
