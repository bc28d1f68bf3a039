// Calls of any procedure, made from its schemas and its row's example: inputs that it takes, inputs with something wrong, answers, refusals.
import fc from 'fast-check';
import { z } from 'zod';
import { takesQuery } from '../api/rest.ts';
import type { ProcedureInfo } from '../api/schemas.ts';
import { AppError } from '../lib/app-error.ts';
import type { RestRoute } from '../trpc/rest.ts';
import type { ProbedCall } from './probe.ts';
import { valuesOf } from './schema-values.ts';

/** How many of each kind at most, and where the chance begins. */
interface Generation {
  many: number;
  seed: number;
}
type Input = Record<string, unknown>;

/** What a row has in its path, beside what its example says. */
const inPath: Input = {
  id: 'x_1',
  txId: 'ptx_1',
  dealId: 'DIAAAA1',
  epic: 'CS.D.EURUSD.CFD.IP',
  ids: ['n_1'],
};

/** Whether REST can write it: a URL has texts and lists of texts, no null, nothing empty in a path and no comma in a list. */
function isWritable({ method, path }: RestRoute, input: Input): boolean {
  return Object.entries(input).every(([name, value]) => {
    const isInPath = path.includes(`{${name}}`);
    if (!isInPath && (!takesQuery({ method }) || name === 'idempotencyKey')) return true;
    const parts = [value].flat();
    if (Array.isArray(value) && parts.some((part) => part === '' || String(part).includes(','))) return false;
    if (isInPath && (parts.length === 0 || parts.join() === '')) return false;
    return parts.every((part) => part instanceof Date || (typeof part !== 'object' && isText(String(part))));
  });
}
const isText = (text: string) => text.isWellFormed();

/** Inputs that the procedure takes: as they come, and the row's example with parts of them. */
export function validInputs(
  { input }: ProcedureInfo,
  row: RestRoute,
  { many: most, seed }: Generation,
): Input[] {
  if (!input) return [{}];
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const example: Input = {
    ...Object.fromEntries(names.map((name) => [name, inPath[name]])),
    ...row.example,
  };
  const made = fc.sample(valuesOf(input, 'input'), { seed, numRuns: most * 4 }) as Input[];
  const mixed = made.map((each, n) => {
    const [name, value] = Object.entries(each)[n % Math.max(1, Object.keys(each).length)] ?? [];
    return name === undefined ? example : { ...example, [name]: value };
  });
  const fit = (each: Input) => isWritable(row, each) && input.safeParse(each).success;
  const [own, ours] = [made.filter(fit), mixed.filter(fit)];
  return [example, ...own.slice(0, most / 2), ...ours].filter(fit).slice(0, most);
}

const nonsense = ['', ' ', 'nonsense', '\u0000', '-1', '1e3', 'ünïcödé', 'x'.repeat(600)];
/** A valid input with one thing wrong: a field less, one more, or one that is something else. Not all of them need be wrong. */
function alteredInputs(row: RestRoute, valid: Input[], { many: most, seed }: Generation): Input[] {
  const values: unknown[] = takesQuery(row) ? nonsense : [...nonsense, null, 0, 1.5, true, [], {}, [null]];
  const changes = fc.sample(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...values)), {
    seed,
    numRuns: most * 2,
  });
  const altered = changes.map(([which, field, value], n) => {
    const input = valid[which % valid.length]!;
    const names = Object.keys(input);
    const name = names[field % Math.max(1, names.length)];
    if (n % 5 === 0 || name === undefined) return { ...input, notAField: 'x' };
    const isInPath = row.path.includes(`{${name}}`);
    const { [name]: old, ...rest } = input;
    if (n % 5 === 1 && !isInPath) return rest;
    if (name === 'idempotencyKey') return { ...rest, [name]: ' ' };
    if (isInPath && typeof value !== 'string') return input;
    return { ...rest, [name]: (isInPath || takesQuery(row)) && Array.isArray(old) ? [value] : value };
  });
  return altered.filter((each) => isWritable(row, each)).slice(0, most);
}

/** Whether the cursor of an answer that leaves as text can be a header. */
const isHeader = (answer: unknown) =>
  /^[\x21-\x7e]*$/.test((answer as { nextCursor?: string | null }).nextCursor ?? '');

/** What a procedure may answer, of its output's schema. Throws when nothing comes of that. */
export function answersOf(
  { name, output = z.unknown() }: ProcedureInfo,
  row: RestRoute,
  { many, seed }: Generation,
): unknown[] {
  const made = fc
    .sample(valuesOf(output, 'output'), { seed, numRuns: many * 3 })
    .filter((each) => output.safeParse(each).success && (!row.textType || isHeader(each)));
  if (made.length === 0) throw new Error(`no answer was generated for ${name}`);
  return made;
}

/** All that a procedure is asked, and what it is to answer. */
export function callsOf(procedure: ProcedureInfo, row: RestRoute, generation: Generation): ProbedCall[] {
  const { many } = generation;
  const bearer = 'everything';
  const valid = validInputs(procedure, row, generation);
  const answers = answersOf(procedure, row, generation);
  if (valid.length === 0) throw new Error(`no input was generated for ${row.procedure}`);
  const answer = (n: number) => ({ answers: answers[n % answers.length] });
  const [first] = valid as [Input];
  const refusals = [...new Set([...(row.errors ?? []), 'server.bug', 'server.unavailable'] as const)];
  const lacking = { input: first, outcome: answer(0), bearer: `without:${procedure.scope}` };
  return [
    ...answers.slice(0, many).map((each, n) => ({
      input: valid[n % valid.length]!,
      outcome: { answers: each },
      bearer,
      ...(row.body === 'too' && { inBody: n % 2 === 0 }),
    })),
    ...alteredInputs(row, valid, generation).map((input, n) => ({ input, outcome: answer(n), bearer })),
    ...refusals.map((code) => ({
      input: first,
      bearer,
      outcome: {
        refuses: new AppError(code, {
          retryAfterMs: 1_500,
          ...(code.startsWith('broker.') && { brokerCode: 'error.security.some' }),
        }),
      },
    })),
    lacking,
    { input: first, outcome: answer(0) },
    { input: first, outcome: answer(0), bearer: 'nobody' },
  ];
}
