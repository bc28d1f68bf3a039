// Values by a JSON Schema, as fast-check makes them: what a procedure may be sent, and what it may answer. Instants are dates, as tRPC has them.
import fc from 'fast-check';
import { resolveRef, toJsonSchema, type JsonSchema } from '../api/schemas.ts';
import type { z } from 'zod';

/** No list and no text longer than these: an input has to fit into a URL. */
const [mostItems, longestText, deepest] = [3, 24, 4];

/**
 * Values of `schema`, most of which it takes: what its own refinements say is in no JSON Schema. Parts that may be left out are, about
 * half of the time, and below some depth always.
 */
export function valuesOf(schema: z.ZodType, io: 'input' | 'output'): fc.Arbitrary<unknown> {
  const root = toJsonSchema(schema, io);
  return arbitrary(root, root, 0);
}

function arbitrary(given: JsonSchema, root: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const schema = resolveRef(given, root);
  const below = (part: JsonSchema) => arbitrary(part, root, depth + 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const options = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (options) return fc.oneof(...shallowest(options, depth).map(below));
  switch ([schema.type].flat()[0]) {
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer(bounds(schema));
    case 'number':
      return fc.integer(bounds(schema)).map((whole) => (whole === schema.maximum ? whole : whole + 0.5));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const { minItems = 0, maxItems = mostItems } = schema;
      const maxLength = depth > deepest ? minItems : Math.max(minItems, Math.min(maxItems, mostItems));
      if (maxLength === 0) return fc.constant([]); // and what may be in it is not looked at: that may have no end
      return fc.array(below((schema.items ?? {}) as JsonSchema), { minLength: minItems, maxLength });
    }
    case 'object':
      return object(schema, { root, depth, below });
    default:
      return fc.constantFrom('anything', 1, true);
  }
}

/** A choice that can go on for ever ends where it is deep enough: with what has no parts, if there is such. */
function shallowest(options: JsonSchema[], depth: number): JsonSchema[] {
  const flat = options.filter(({ type }) => type === 'null' || type === 'string');
  return depth > deepest && flat.length > 0 ? flat : options;
}

function object(
  { properties = {}, required = [], propertyNames, additionalProperties }: JsonSchema,
  {
    root,
    depth,
    below,
  }: { root: JsonSchema; depth: number; below: (part: JsonSchema) => fc.Arbitrary<unknown> },
): fc.Arbitrary<unknown> {
  const names = propertyNames && resolveRef(propertyNames as JsonSchema, root);
  if (names && typeof additionalProperties === 'object') {
    const all = (names.enum ?? []) as string[];
    if (all.length > 0)
      return fc.record(Object.fromEntries(all.map((name) => [name, below(additionalProperties)])));
    return fc
      .array(fc.tuple(below(names) as fc.Arbitrary<string>, below(additionalProperties)), { maxLength: 2 })
      .map((entries) => Object.fromEntries(entries));
  }
  const kept = Object.entries(properties).filter(([name]) => depth <= deepest || required.includes(name));
  const parts = Object.fromEntries(kept.map(([name, part]) => [name, below(part as JsonSchema)]));
  return fc.record(parts, { requiredKeys: required.filter((name) => Object.hasOwn(parts, name)) });
}

const [from, to] = [Date.parse('2000-01-01T00:00:00Z'), Date.parse('2060-01-01T00:00:00Z')];
function text({ format, pattern, minLength = 0, maxLength = longestText }: JsonSchema) {
  if (format === 'date-time') return fc.integer({ min: from, max: to }).map((ms) => new Date(ms));
  const longest = Math.max(minLength, Math.min(maxLength, longestText));
  if (pattern !== undefined)
    return fc
      .stringMatching(new RegExp(pattern), { size: 'small' })
      .filter((made) => made.length >= minLength && made.length <= maxLength);
  return fc.string({ minLength, maxLength: longest, unit: 'grapheme' });
}

const bounds = ({ minimum, maximum, exclusiveMinimum }: JsonSchema) => {
  const min = minimum ?? (typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 0);
  return { min: Math.ceil(min), max: Math.floor(maximum ?? min + 1_000_000) };
};
