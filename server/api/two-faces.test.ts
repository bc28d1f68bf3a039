// One contract, two faces: the same calls over tRPC and over REST come to the same, whichever procedure, and each answer is what the document says.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startEdge } from '../testing/edge.ts';
import { byScopes, differences, judgeBy, probeRouter, type Probe } from '../testing/probe.ts';
import { callsOf } from '../testing/generated-calls.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { createOpenApi } from './openapi.ts';
import { describeRouter, restTable, restTags } from './router.ts';
import { listProcedures } from './schemas.ts';

/** FTRADER_SEED=n repeats a run. */
const seed = Number(process.env['FTRADER_SEED'] ?? new Date().getTime() % 1_000_000);
const procedures = new Map(listProcedures(describeRouter()).map((each) => [each.name, each]));
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
    for (const call of callsOf(procedure, row, { many, seed })) {
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
    'system.time',
    {
      table: restTable.map((row) =>
        row.procedure === 'system.time'
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
