// Any procedure by its name, over the client kit or over REST, for tests that walk over all of them. An answer and a refusal are both values.
import { errorOf } from '../../client/index.ts';
import { restTable } from '../api/router.ts';
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
    const { idempotencyKey, ...fields } = input as Record<string, unknown>;
    const path = row.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const value = name === 'idempotencyKey' ? idempotencyKey : fields[name];
      delete fields[name];
      return encodeURIComponent(String(value));
    });
    const inQuery = row.method === 'GET' || row.method === 'DELETE';
    const query = inQuery
      ? new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, asText(value)])).toString()
      : '';
    const isKeyed = idempotencyKey !== undefined && !row.path.includes('{idempotencyKey}');
    const response = await fetch(`${url}/api${path}${query && `?${query}`}`, {
      method: row.method,
      headers: {
        ...(await headers()),
        ...(isKeyed && { 'idempotency-key': String(idempotencyKey) }),
        ...(!inQuery && { 'content-type': 'application/json' }),
      },
      ...(!inQuery && { body: JSON.stringify(fields) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    if (response.ok) return { answer: isJson ? JSON.parse(text) : text };
    return { code: (JSON.parse(text) as { code: string }).code };
  };
const asText = (value: unknown) =>
  value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.join() : String(value);
