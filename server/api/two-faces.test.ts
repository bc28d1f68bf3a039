// One contract, two faces: the same calls over tRPC and over REST come to the same, whichever procedure, and each answer is what the document says.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { startEdge } from '../testing/edge.ts';
import {
  byScopes,
  differences,
  judgeBy,
  probeRouter,
  type Probe,
  type ProbedCall,
} from '../testing/probe.ts';
import { valuesOf } from '../testing/schema-values.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { createOpenApi } from './openapi.ts';
import { takesQuery } from './rest.ts';
import { describeRouter, restTable, restTags } from './router.ts';
import { listProcedures, type ProcedureInfo } from './schemas.ts';

/** FTRADER_SEED=n repeats a run. */
const seed = Number(process.env['FTRADER_SEED'] ?? new Date().getTime() % 1_000_000);
const procedures = new Map(listProcedures(describeRouter()).map((each) => [each.name, each]));
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
function validInputs({ input }: ProcedureInfo, row: RestRoute, most: number): Input[] {
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
function alteredInputs(row: RestRoute, valid: Input[], most: number): Input[] {
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

/** All that a procedure is asked, and what it is to answer. */
function callsOf(procedure: ProcedureInfo, row: RestRoute, many: number): ProbedCall[] {
  const bearer = 'everything';
  const valid = validInputs(procedure, row, many);
  const output = procedure.output ?? z.unknown();
  const answers = fc
    .sample(valuesOf(output, 'output'), { seed, numRuns: many * 3 })
    .filter((each) => output.safeParse(each).success && (!row.textType || isHeader(each)));
  if (valid.length === 0 || answers.length === 0)
    throw new Error(`nothing was generated for ${row.procedure}`);
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
    ...alteredInputs(row, valid, many).map((input, n) => ({ input, outcome: answer(n), bearer })),
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

/** Walks over the rows; over REST a router and table of its own where they are given. */
async function walk({
  many,
  only = () => true,
  alter,
  table = restTable,
}: {
  many: number;
  only?: (row: RestRoute) => boolean;
  alter?: Parameters<typeof probeRouter>[1];
  table?: readonly RestRoute[];
}) {
  const face = async (router: (probe: Probe) => ReturnType<typeof probeRouter>, rows = restTable) => {
    const probe: Probe = { outcome: { answers: undefined }, reached: undefined };
    return { probe, edge: await startEdge({ router: router(probe), authenticate: byScopes, table: rows }) };
  };
  const trpc = await face((probe) => probeRouter(probe));
  await using _trpc = trpc.edge;
  const rest = await face((probe) => probeRouter(probe, alter), table);
  await using _rest = rest.edge;
  const doc = createOpenApi({ router: describeRouter(), table: restTable, tags: restTags, version: '1' });
  const judge = judgeBy(doc);
  const found: string[] = [];
  const counts = { procedures: 0, calls: 0, reached: 0, refused: 0 };
  for (const row of restTable.filter(only)) {
    const procedure = procedures.get(row.procedure)!;
    counts.procedures++;
    const about = { row, type: procedure.type, takesInput: procedure.input !== undefined };
    for (const call of callsOf(procedure, row, many)) {
      found.push(...(await differences({ trpc, rest, ...about, judge }, call)));
      counts.calls++;
      counts[trpc.probe.reached ? 'reached' : 'refused']++;
    }
  }
  return { found, counts };
}

test('every procedure comes to the same over tRPC and over REST: result, error and decimals, of valid and invalid calls, by whomever', async () => {
  const { found, counts } = await walk({ many: 8 });
  console.log(`two faces: seed ${seed}, ${JSON.stringify(counts)}`);
  expect(found).toEqual([]);
  expect(counts.procedures).toBe(
    [...procedures.values()].filter(({ type }) => type !== 'subscription').length,
  );
}, 120_000);

const opening = (name: string) => name === 'trading.openPosition';
const without = (field: string) => (output: z.ZodType) =>
  (output as z.ZodObject).omit({ [field]: true } as object);
/** One face changed, and what is found of it. */
const oneSided: [string, string, Partial<Parameters<typeof walk>[0]>, RegExp][] = [
  [
    'a field that one face does not tell',
    'accounts.get',
    {
      alter: (name, terms) =>
        name === 'accounts.get' ? { ...terms, output: without('currency')(terms.output!) } : terms,
    },
    /answer: .*is not what the document says/s,
  ],
  [
    'a decimal that one face tells as a number',
    'trading.summary',
    {
      alter: (name, terms) =>
        name === 'trading.summary'
          ? {
              ...terms,
              output: z.looseObject({}).transform((told) => ({ ...told, cash: Number(told['cash']) })),
            }
          : terms,
    },
    /answer: .*is not what the document says/s,
  ],
  [
    'another permission',
    'marketData.get',
    { alter: (name, terms) => (name === 'marketData.get' ? { ...terms, scope: 'public' } : terms) },
    /status: 401 over tRPC, 200 over REST/,
  ],
  [
    'a field that one face takes',
    'trading.openPosition',
    {
      alter: (name, terms) => (opening(name) ? { ...terms, input: z.looseObject({}) } : terms),
    },
    /reached: undefined over tRPC, .*over REST/,
  ],
  [
    'a row of another procedure',
    'trading.closeAll',
    {
      table: restTable.map((row) =>
        row.procedure === 'trading.closeAll' ? { ...row, procedure: 'trading.cancelAll' } : row,
      ),
    },
    /reached: .*closeAll.*over tRPC, .*cancelAll/,
  ],
  [
    'a status that the document does not have',
    'portfolio.get',
    {
      table: restTable.map((row) =>
        row.procedure === 'portfolio.get'
          ? { ...row, success: { statuses: {}, of: () => ({ status: 202 }) } }
          : row,
      ),
    },
    /the document has no answer 202/,
  ],
];
test.each(oneSided)('a change of one face alone is found: %s', async (_what, name, change, finding) => {
  const only = (row: RestRoute) => row.procedure === name;
  expect((await walk({ many: 4, only })).found).toEqual([]);
  expect((await walk({ many: 4, only, ...change })).found.join('\n')).toMatch(finding);
});
