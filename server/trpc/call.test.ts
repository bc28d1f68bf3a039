// The one path of a call, seen from both faces: its order, and whose fault a failure is.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { silentLogger, type Logger } from '../lib/logger.ts';
import * as build from '../testing/build.ts';
import { startEdge } from '../testing/edge.ts';
import { Hidden } from '../../shared/primitives.ts';
import { inTwoSteps, performCall, readingAhead } from './call.ts';
import { createCallerFactory, publicProcedure, router, sessionProcedure } from './init.ts';
import { refuseUnstorable } from './storable.ts';

const audited: unknown[] = [];
const Named = z.object({ name: z.string().min(2) });
const Row = z.object({ id: z.string(), name: z.string().min(2) });
const Slow = z.object({ name: z.string().refine(async (name) => name === 'ada', 'must be ada') });
const things = router({
  things: router({
    rename: sessionProcedure.input(Named).mutation(({ ctx, input }) => {
      ctx.identify?.({ subject: input.name });
      if (input.name === 'taken') throw new AppError('auth.too_many_keys');
      return input;
    }),
    enter: publicProcedure.input(Named).mutation(
      inTwoSteps(
        async ({ ctx, input }) => {
          ctx.identify?.({ subject: input.name });
          if (input.name === 'stranger') throw new AppError('auth.invalid_credentials');
          return { as: input.name };
        },
        async (_call, { as }) => void audited.push(`acted as ${as}`),
      ),
    ),
    misread: publicProcedure.query(() => Named.parse({ name: 'x' })),
    misspell: publicProcedure.output(Named).query(() => ({ name: 'x' })),
    trimmed: publicProcedure.output(Named).query(() => ({ name: 'ada', secret: 'x' }) as { name: string }),
    listed: publicProcedure
      .input(z.object({ broken: z.enum(['no row', 'two rows', 'the rest']) }))
      .output(z.object({ rows: z.array(Row), total: z.number(), hidden: Hidden }))
      .query(({ input: { broken } }) => ({
        rows: ['a', 'b', 'c'].map((id) => ({ id, name: broken === 'two rows' && id !== 'b' ? 'x' : 'ada' })),
        total: broken === 'the rest' ? ('3' as unknown as number) : 3,
      })),
    unnamed: publicProcedure
      .output(z.object({ rows: z.array(Row) }))
      .query(() => ({ rows: ['ada', 'x'].map((name) => ({ id: name, name })) })),
    slow: publicProcedure.input(Slow).query(({ input }) => input),
  }),
});
const row = (method: 'GET' | 'POST', name: string) => ({
  method,
  path: `/things/${name}`,
  procedure: `things.${name}`,
  summary: name,
});
const table = [
  row('POST', 'rename'),
  row('POST', 'enter'),
  row('GET', 'misread'),
  row('GET', 'misspell'),
  row('GET', 'trimmed'),
  row('GET', 'slow'),
  row('GET', 'listed'),
  row('GET', 'unnamed'),
];
const principal = build.principal(['public', 'session']);
async function edge() {
  const reported: unknown[] = [];
  const error = (facts: { detail?: string }) => void reported.push(facts.detail);
  audited.length = 0;
  const app = await startEdge({
    router: things,
    table,
    logger: Object.assign(Object.create(silentLogger) as Logger, { error }),
    authenticate: async ({ bearer }) => ({ principal: bearer ? principal : null }),
    audit: {
      begin: async ({ action }) => {
        audited.push(`${action} started`);
        return async (outcome, who) => void audited.push([outcome, who]);
      },
      refuse: async ({ action }, outcome, who) => void audited.push([`${action} refused`, outcome, who]),
    },
  });
  const headers = { authorization: 'Bearer good' };
  return {
    audited,
    /** What was logged as a fault of ours that no answer failed for. */
    reported,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
    /** The code of the error, or else the output, as each face has it. */
    async query(name: string, input?: Record<string, string>) {
      const json = input && encodeURIComponent(JSON.stringify({ json: input }));
      const onTrpc = await app.ask(`/trpc/things.${name}${json ? `?input=${json}` : ''}`);
      const onRest = await app.ask(`/api/things/${name}${input ? `?${new URLSearchParams(input)}` : ''}`);
      return [
        onTrpc.json.error?.json.data.code ?? onTrpc.json.result.data.json,
        onRest.json.code ?? onRest.json,
      ];
    },
    async post(face: 'trpc' | 'rest', name: string, body: object, signedIn = true) {
      const sent = { method: 'POST', headers: signedIn ? headers : {} };
      const answer =
        face === 'trpc'
          ? await app.ask(`/trpc/things.${name}`, { ...sent, body: { json: body } })
          : await app.ask(`/api/things/${name}`, { ...sent, body });
      return answer.status;
    },
  };
}

test.each(['trpc', 'rest'] as const)(
  'a mutation over %s is audited from before it acts until after its outcome; what is refused before that is counted and leaves no row',
  async (face) => {
    await using app = await edge();
    expect(await app.post(face, 'rename', { name: 'ab' }, false)).toBe(401);
    expect(await app.post(face, 'rename', { name: 'a' })).toBe(400);
    expect(app.audited).toEqual([
      ['things.rename refused', 'auth.required', {}],
      ['things.rename refused', 'request.invalid', {}],
    ]);
    app.audited.length = 0;
    expect(await app.post(face, 'rename', { name: 'ab' })).toBe(200);
    expect(await app.post(face, 'rename', { name: 'taken' })).toBe(409);
    expect(app.audited).toEqual([
      'things.rename started',
      ['ok', { subject: 'ab', after: '{"name":"ab"}' }],
      'things.rename started',
      ['auth.too_many_keys', { subject: 'taken' }],
    ]);
  },
);

test.each(['trpc', 'rest'] as const)(
  'a mutation in two steps over %s is audited once it is admitted, before it acts',
  async (face) => {
    await using app = await edge();
    expect(await app.post(face, 'enter', { name: 'stranger' }, false)).toBe(401);
    expect(app.audited).toEqual([
      ['things.enter refused', 'auth.invalid_credentials', { subject: 'stranger' }],
    ]);
    app.audited.length = 0;
    expect(await app.post(face, 'enter', { name: 'ada' }, false)).toBe(200);
    expect(app.audited).toEqual(['things.enter started', 'acted as ada', ['ok', { subject: 'ada' }]]);
  },
);

test('a Zod error of our own, and an output that breaks its schema, are bugs: the caller is not told to mend an input', async () => {
  await using app = await edge();
  expect(await app.query('misread')).toEqual(['server.bug', 'server.bug']);
  expect(await app.query('misspell')).toEqual(['server.bug', 'server.bug']);
});

test('nothing leaves that is not in the output’s schema', async () => {
  await using app = await edge();
  expect(await app.query('trimmed')).toEqual([{ name: 'ada' }, { name: 'ada' }]);
});

test('a row that cannot be shown hides no other, and is named; what else is not as promised is a bug', async () => {
  await using app = await edge();
  const all = ['a', 'b', 'c'].map((id) => ({ id, name: 'ada' }));
  const whole = { rows: all, total: 3 };
  expect(await app.query('listed', { broken: 'no row' })).toEqual([whole, whole]);
  const rest = { rows: [all[1]], total: 3, hidden: ['a', 'c'] };
  expect(await app.query('listed', { broken: 'two rows' })).toEqual([rest, rest]);
  expect(app.reported).toEqual(['not shown: a,c', 'not shown: a,c']);
  expect(await app.query('listed', { broken: 'the rest' })).toEqual(['server.bug', 'server.bug']);
});

test('a list that cannot name what it leaves out leaves nothing out: a row that cannot be shown is a bug', async () => {
  await using app = await edge();
  expect(await app.query('unnamed')).toEqual(['server.bug', 'server.bug']);
});

test('text that PostgreSQL cannot hold is refused by every face, and the field is named', async () => {
  await using app = await edge();
  expect(await app.query('slow', { name: 'a\0da' })).toEqual(['request.invalid', 'request.invalid']);
  for (const face of ['trpc', 'rest'] as const)
    expect(await app.post(face, 'rename', { name: 'ab\0' })).toBe(400);
  expect(() => refuseUnstorable({ a: [{ b: 'fine' }, { c: '\0' }] })).toThrow(
    expect.objectContaining({ options: { fields: { 'a[1].c': 'may not hold the character NUL' } } }),
  );
  expect(() => refuseUnstorable('\ud83d')).toThrow(
    expect.objectContaining({ options: { fields: { '(input)': expect.stringContaining('surrogate') } } }),
  );
  expect(() => refuseUnstorable({ at: new Date(), list: [1, null, undefined, 'é\u{10FFFF}'] })).not.toThrow();
});

test('a schema that takes its time is waited for', async () => {
  await using app = await edge();
  expect(await app.query('slow', { name: 'ada' })).toEqual([{ name: 'ada' }, { name: 'ada' }]);
  expect(await app.query('slow', { name: 'bob' })).toEqual(['request.invalid', 'request.invalid']);
});

test('a call that arrives uncounted is counted before anything else, and not made beyond the limit', async () => {
  let left = 1;
  const spend = async () => {
    if (left-- <= 0) throw new AppError('request.limited');
  };
  const call = createCallerFactory(things)(build.context({ spend })).things.slow;
  expect(await call({ name: 'ada' })).toEqual({ name: 'ada' });
  await expect(call({ name: 'nobody' })).rejects.toMatchObject({ cause: { code: 'request.limited' } });
});

test('a procedure has one input and one output', () => {
  expect(() => publicProcedure.input(Named).input(Named as never)).toThrow('one input');
  expect(() => publicProcedure.output(Named).output(Named as never)).toThrow('one output');
});

describe('a mutation that reads ahead', () => {
  /** What happens, in its order; `write` ends the writing of the row. */
  function quick(read: () => unknown = () => 'read') {
    const happened: string[] = [];
    const row = Promise.withResolvers<void>();
    const audit = {
      async begin() {
        happened.push('row asked for');
        await row.promise;
        happened.push('row written');
        return async (outcome: string) => void happened.push(`closed: ${outcome}`);
      },
      refuse: async () => void happened.push('refused'),
    };
    const mutation = readingAhead(
      () => (happened.push('read'), read()),
      async () => void happened.push('acted'),
    );
    const ctx = build.context({ principal, audit });
    const answer = performCall({ scope: 'session' }, mutation as never, {
      ctx,
      path: 'things.quick',
      type: 'mutation',
      getRawInput: async () => undefined,
      signal: undefined,
      batchIndex: 0,
    });
    answer.catch(() => undefined);
    return { happened, row, answer };
  }

  test('has its reads on their way while its row is written, and acts once that stands', async () => {
    const { happened, row, answer } = quick();
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(happened).toEqual(['row asked for', 'read']);
    row.resolve();
    await answer;
    expect(happened).toEqual(['row asked for', 'read', 'row written', 'acted', 'closed: ok']);
  });
  test('does nothing when its row cannot be written', async () => {
    const { happened, row, answer } = quick();
    row.reject(new Error('no room on the disk'));
    await expect(answer).rejects.toThrow();
    expect(happened).not.toContain('acted');
  });
  test('has its row closed with the failure when it cannot even read', async () => {
    const { happened, row, answer } = quick(() => {
      throw new AppError('auth.too_many_keys');
    });
    row.resolve();
    await expect(answer).rejects.toThrow();
    expect(happened.slice(-2)).toEqual(['row written', 'closed: auth.too_many_keys']);
  });
});
