// Every procedure × everybody who may ask: allowed or refused exactly as the contract says, with no cell left out.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Scope } from '../../shared/auth.ts';
import { AppError } from '../lib/app-error.ts';
import * as build from '../testing/build.ts';
import { startEdge } from '../testing/edge.ts';
import { requireReached, type BoundBy } from '../trpc/bound.ts';
import type { ProcedureMeta } from '../trpc/init.ts';
import { defaultRequestLimits } from './limiter.ts';
import { describeRouter, restTable } from './router.ts';
import { listProcedures, type ProcedureInfo } from './schemas.ts';

const keyScopes = ['market', 'account:read', 'trade:open', 'trade:close', 'admin'] as const;
const ofLogin: Scope[] = ['session', 'market', 'account:read', 'trade:open', 'trade:close'];
/** Whoever may ask, by name; the names of keys are their scopes. */
const callers: Record<string, readonly Scope[] | null> = {
  nobody: null,
  'a key without scopes': [],
  ...Object.fromEntries(keyScopes.map((scope) => [scope, [scope]])),
  'a login': ofLogin,
  'an administrator': [...ofLogin, 'admin'],
};
const router = describeRouter();
const procedures = listProcedures(router);

/** What a caller is refused with for who they are; undefined: they are let in. */
const refusalOf = (code: string | undefined) =>
  ['auth.required', 'auth.scope_missing'].find((refusal) => refusal === code);
const expected = (scope: string, held: readonly Scope[] | null) =>
  scope === 'public'
    ? undefined
    : held === null
      ? 'auth.required'
      : held.includes(scope as Scope)
        ? undefined
        : 'auth.scope_missing';
/** The whole table that a rule for the scope of a procedure gives. */
const matrix = (scopes: ReadonlyMap<string, string>, names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        Object.entries(callers).map(([caller, held]) => [
          caller,
          expected(scopes.get(name) ?? 'unlisted', held),
        ]),
      ),
    ]),
  );

async function refusedByRouter({ name, type, call }: ProcedureInfo, held: readonly Scope[] | null) {
  const principal = held && build.principal(held);
  const thrown = await call({
    ctx: build.context({ principal }),
    path: name,
    type,
    getRawInput: async () => Promise.reject(new AppError('request.malformed')), // whoever is let in gets as far as this
    signal: undefined,
    batchIndex: 0,
  }).then(
    () => undefined,
    (error: { cause?: AppError }) => error.cause,
  );
  return refusalOf(thrown?.code);
}
const askedOf = async (
  ask: (procedure: ProcedureInfo, held: readonly Scope[] | null) => Promise<unknown>,
  asked: readonly ProcedureInfo[],
) => {
  const rows: Record<string, Record<string, unknown>> = {};
  for (const procedure of asked) {
    const row: Record<string, unknown> = (rows[procedure.name] = {});
    for (const [caller, held] of Object.entries(callers)) row[caller] = await ask(procedure, held);
  }
  return rows;
};

const declared = new Map<string, string>(procedures.map(({ name, scope }) => [name, scope]));

test('the router lets in whoever has the scope of a procedure, and nobody else', async () => {
  expect(await askedOf(refusedByRouter, procedures)).toEqual(
    matrix(
      declared,
      procedures.map(({ name }) => name),
    ),
  );
});

test('so does REST, by the same table', async () => {
  await using edge = await startEdge({
    router,
    table: restTable,
    requestLimits: { ...defaultRequestLimits, calls: 1_000_000 },
    authenticate: async ({ bearer }) => ({
      principal: bearer === undefined ? null : build.principal(callers[decodeURIComponent(bearer)]!),
    }),
  });
  const rest = new Map(restTable.map((row) => [row.procedure, row]));
  const asked = procedures.filter(({ name }) => rest.has(name));
  const byRest = await askedOf(async ({ name }, held) => {
    const { method, path } = rest.get(name)!;
    const caller = Object.keys(callers).find((each) => callers[each] === held)!;
    const answer = await edge.ask(`/api${path.replaceAll(/\{\w+\}/g, 'x')}`, {
      method,
      headers: held ? { authorization: `Bearer ${encodeURIComponent(caller)}` } : {},
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
    });
    const code = answer.json?.code as string | undefined;
    expect([name, caller, answer.status]).toEqual([
      name,
      caller,
      refusalOf(code) === undefined
        ? expect.not.toBeOneOf([401, 403, 404, 429])
        : code === 'auth.required'
          ? 401
          : 403,
    ]);
    return refusalOf(code);
  }, asked);
  expect(byRest).toEqual(
    matrix(
      declared,
      asked.map(({ name }) => name),
    ),
  );
});

const contract = fileURLToPath(new URL('../../../shared/PROCEDURES.md', import.meta.url));
/** In the router, and not in the contract's table. */
const unlisted = ['accounts.listFaults', 'accounts.setFault', 'trading.getSaga'];

describe.skipIf(!existsSync(contract))('with the contract beside the checkout (PROCEDURES.md)', () => {
  test('every procedure has the scope that the contract says', () => {
    const said = scopesIn(readFileSync(contract, 'utf8'));
    const names = procedures.map(({ name }) => name);
    expect(names.filter((name) => !said.has(name))).toEqual(unlisted);
    const listed = names.filter((name) => said.has(name));
    expect(matrix(declared, listed)).toEqual(matrix(said, listed));
  });
});

/** Procedure → scope, of a table whose rows name several of each: one scope for all, one each, or one for reads and one for writes. */
function scopesIn(text: string): ReadonlyMap<string, string> {
  const types = new Map(procedures.map(({ name, type }) => [name, type]));
  const scopes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const parts = cells[1]?.split('·') ?? [];
    const last = cells.at(-2) ?? '';
    if (cells.length < 5 || !/^[A-Za-z]+\.[A-Za-z]+/.test(parts[0]!.trim())) continue;
    const module = parts[0]!.trim().split('.')[0]!;
    const names = parts.map(
      (part) => `${module}.${/([A-Za-z]+)(?![A-Za-z.])/.exec(part.replace(`${module}.`, ''))![1]}`,
    );
    const words = last.split('·').map((word) => word.trim().split(' ')[0]!);
    names.forEach((name, n) => {
      const isWrite = types.get(name) === 'mutation';
      scopes.set(
        name,
        words.length === names.length ? words[n]! : words.length === 1 ? words[0]! : words[isWrite ? 1 : 0]!,
      );
    });
  }
  return scopes;
}

/** How a bound key is kept to its accounts where its calls need not name one as `accountId`, or are of no account by their scope. */
const boundBy: Record<string, BoundBy> = {
  'marketData.importWatchlists': 'accountId',
  'accounts.list': 'filtered',
  'accounts.get': 'id',
  'accounts.allowance': 'id',
  'trading.listEvents': 'filtered',
  'trading.onEvents': 'filtered',
  'trading.getDeal': 'answer',
  'trading.findDeal': 'answer',
  'trading.getSaga': 'answer',
};

test('a key that is bound to accounts reaches no other: it names one of them, or the procedure is one of a few that keep to them', () => {
  const metas = router._def.procedures as Record<string, { _def: { meta: ProcedureMeta } }>;
  const refusal = (terms: ProcedureMeta, input: object) => {
    try {
      requireReached({ accountIds: new Set(['acct_own']) }, terms, input);
      return undefined;
    } catch (error) {
      return (error as AppError).code;
    }
  };
  for (const { name, scope } of procedures) {
    const terms = metas[name]!._def.meta;
    const how = boundBy[name] ?? (['public', 'market'].includes(scope) ? 'filtered' : 'accountId');
    const field = how === 'id' ? 'id' : 'accountId';
    expect({
      name,
      boundBy: terms.boundBy,
      own: refusal(terms, { [field]: 'acct_own' }),
      other: refusal(terms, { [field]: 'acct_other' }),
      unnamed: refusal(terms, {}),
    }).toEqual({
      name,
      boundBy: boundBy[name],
      own: undefined,
      other: 'accounts.not_found',
      unnamed: how === 'accountId' || how === 'id' ? 'auth.key_bound' : undefined,
    });
  }
});
