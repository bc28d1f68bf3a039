// Any procedure by its name, over the client kit or over REST, for tests that walk over all of them. An answer and a refusal are both values.
import { errorOf } from '../../client/index.ts';
import { keyField, takesQuery } from '../api/rest.ts';
import { restTable } from '../api/router.ts';
import type { RestRoute } from '../trpc/rest.ts';
import type { Caller } from './kit.ts';

/** What came back: the answer, or the code of what it was refused with. */
export type Outcome = { answer: unknown; code?: undefined } | { answer?: undefined; code: string };
export type Ask = (procedure: string, input?: object) => Promise<Outcome>;

interface AnyProcedure {
  query(input?: object): Promise<unknown>;
  mutate(input?: object): Promise<unknown>;
}

/** Over tRPC. `isQuery` says which procedures are queries. */
export const overTrpc =
  ({ api }: Pick<Caller, 'api'>, isQuery: (procedure: string) => boolean): Ask =>
  async (procedure, input) => {
    const [module, name] = procedure.split('.') as [string, string];
    const call = (api as unknown as Record<string, Record<string, AnyProcedure>>)[module]![name]!;
    try {
      return { answer: await (isQuery(procedure) ? call.query(input) : call.mutate(input)) };
    } catch (error) {
      const { code } = errorOf(error) ?? {};
      if (code === undefined) throw error;
      return { code };
    }
  };

/** Over REST, with these headers: each field of the input where the table says that it goes. */
export const overRest =
  (url: string, headers: () => Promise<Record<string, string>>): Ask =>
  async (procedure, input = {}) => {
    const row = restTable.find((each) => each.procedure === procedure);
    if (!row) throw new Error(`${procedure} has no row in the REST table`);
    const { path, ...sent } = restRequest(row, input as Record<string, unknown>);
    const response = await fetch(url + path, { ...sent, headers: { ...(await headers()), ...sent.headers } });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    if (response.ok) return { answer: isJson ? JSON.parse(text) : text };
    return { code: (JSON.parse(text) as { code: string }).code };
  };

/**
 * An input as REST takes it: each field where the row says that it goes, in the path, the header Idempotency-Key, the query or the body.
 * `inBody` puts into a JSON body what a DELETE takes in either place.
 */
export function restRequest(
  row: Pick<RestRoute, 'method' | 'path'>,
  input: Readonly<Record<string, unknown>>,
  inBody = !takesQuery(row),
): { method: string; path: string; headers: Record<string, string>; body?: string } {
  const { idempotencyKey, ...fields } = input as Record<string, unknown>;
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = name === keyField ? idempotencyKey : fields[name];
    delete fields[name];
    return encodeURIComponent(asText(value));
  });
  const query = inBody
    ? ''
    : new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, asText(value)])).toString();
  const isKeyed = idempotencyKey !== undefined && !row.path.includes(`{${keyField}}`);
  return {
    method: row.method,
    path: `/api${path}${query && `?${query}`}`,
    headers: {
      ...(isKeyed && { 'idempotency-key': String(idempotencyKey) }),
      ...(inBody && { 'content-type': 'application/json' }),
    },
    ...(inBody && { body: JSON.stringify(fields) }),
  };
}
const asText = (value: unknown) =>
  value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.join() : String(value);
