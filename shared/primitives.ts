// The small words every schema is made of: decimals, instants, ids, pages. No noun of one domain.
import { z } from 'zod';

/**
 * A decimal number as text, never through a float: `1.38780`. Venue text keeps its zeros; computed values are canonical. Longer than
 * anything that is computed from a `DecimalInput` or told by a broker, so that what was taken in can always be told again.
 */
export const DecimalText = z
  .string()
  .max(100)
  .regex(/^-?\d+(\.\d+)?$/, 'must be a decimal number written as text, such as "1.25"')
  .meta({ id: 'DecimalText', description: 'Decimal number as text; no exponent.', examples: ['1.38780'] });

/** A decimal number in a request: bounded, so that every product and quotient of it with a price, a factor and a rate is exact. */
export const DecimalInput = z
  .string()
  .regex(
    /^-?\d{1,15}(\.\d{1,10})?$/,
    'must be a decimal number written as text, such as "1.25": at most 15 digits before the point and 10 behind it',
  )
  .meta({
    id: 'DecimalInput',
    description: 'Decimal number as text: at most 15 digits before the point and 10 behind it; no exponent.',
    examples: ['1.25'],
  });

/** Unicode's Cc by its numbers: not every language that reads our documents knows `\p{…}`. Made of text, so that linters let it be. */
const noControls = new RegExp(String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`);

/** Text a person typed: trimmed, 1 to `max` characters, none of them invisible (PostgreSQL refuses NUL, terminals obey ESC). */
export const PlainText = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `may have ${max} characters at most`)
    .regex(noControls, 'may not hold control characters');

/** A point in time: `Date` in TypeScript and tRPC, RFC 3339 UTC with `Z` in plain JSON. */
export const Instant = z.date().meta({ id: 'Instant', description: 'RFC 3339 instant in UTC, ending in Z.' });

/** Of an input in which what is left out stays as it is: the check that something is written, and what to write. It is said of the whole input. */
export const atLeastOneOf = <const Names extends readonly string[]>(names: Names, addition = '') =>
  [
    (input: { [Name in Names[number]]?: unknown }) =>
      names.some((name) => input[name as Names[number]] !== undefined),
    `changes nothing: write at least one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}${addition}`,
  ] as const;

/** Of a span of time of which either end may be left out: the check that it holds any instant, and what to write. */
export const spanHasTime = [
  ({ from, to }: { from?: Date | undefined; to?: Date | undefined }) => !from || !to || from < to,
  { path: ['to'] as string[], message: 'must be later than from: nothing can lie between the two' },
] as const;

/** The part of a list that is asked for: the fields of `Page.shape` in the list's input. Its output has the `nextCursor`. */
export const Page = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.number().int().min(1).max(500).default(50),
});
export type Page = z.output<typeof Page>;
/** The `cursor` of the next page; null at the end. */
export const NextCursor = z.string().nullable();

/** Beside the list of an answer. */
export const Hidden = z
  .array(z.string())
  .optional()
  .describe('ids of rows that could not be shown, there only when there are any: the server’s log says why');

/** IG's market id, such as `CS.D.EURUSD.CFD.IP`. */
export const Epic = z
  .string()
  .regex(/^[A-Za-z0-9._]{6,30}$/, 'must be an IG epic such as CS.D.EURUSD.CFD.IP')
  .meta({ id: 'Epic', description: "IG's market id.", examples: ['CS.D.EURUSD.CFD.IP'] });
export type Epic = z.infer<typeof Epic>;

/** Whose prices: `simulated`, `demo`, `live` (a server-wide login, for all) or `login_<id>` (a user's own login). */
export const Feed = z
  .string()
  .regex(/^(simulated|demo|live|login_[a-z0-9]+)$/, 'must be simulated, demo, live or login_<id>')
  .meta({
    id: 'Feed',
    description: 'Whose prices: `simulated`, `demo`, `live`, or `login_<id>`.',
    examples: ['simulated'],
  });
export type Feed = z.infer<typeof Feed>;

/** Where a deal would land. */
export const Environment = z.enum(['simulated', 'demo', 'live']).meta({ id: 'Environment' });
export type Environment = z.infer<typeof Environment>;
