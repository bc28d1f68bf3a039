// Zod schemas as JSON Schema, the way plain JSON sees them: an instant is a string there. For REST's coercion and for OpenAPI.
import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import type { Scope } from '../../shared/auth.ts';
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
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
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
  type: 'query' | 'mutation' | 'subscription';
  scope: Scope;
  input: z.ZodType | undefined;
  output: z.ZodType | undefined;
}

/** Every procedure of a router, in its own order. Throws on one without a scope, and on inputs made of several schemas. */
export function listProcedures(router: AnyTRPCRouter): ProcedureInfo[] {
  return Object.entries(router._def.procedures as Record<string, { _def: ProcedureDef }>).map(
    ([name, { _def }]) => {
      if (!_def.meta) throw new Error(`${name} has no scope`);
      if (_def.inputs.length > 1) throw new Error(`${name} has more than one input schema`);
      return { name, type: _def.type, scope: _def.meta.scope, input: _def.inputs[0], output: _def.output };
    },
  );
}

/** What tRPC keeps of a procedure at run time; `inputs` and `output` are not in its types. */
interface ProcedureDef {
  type: ProcedureInfo['type'];
  meta?: ProcedureMeta;
  inputs: z.ZodType[];
  output?: z.ZodType;
}
