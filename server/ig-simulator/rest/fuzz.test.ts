import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { guardLoop } from '../../testing/loop-guard.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { marketOrder, testSimulator } from '../../testing/test-simulator.ts';
import { demoAllowances, simulatedAllowances } from '../access/allowances.ts';
import type { Endpoint } from './endpoint.ts';
import { lockMs } from '../access/sessions.ts';
import { describedEndpoints } from './table.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
/** The longest an answer may take, on a busy machine too: more is a hang. */
const patienceMs = 15_000;

const clock = createManualClock();
const simulator = await testSimulator({
  clock,
  allowances: { ...simulatedAllowances, historicalPoints: demoAllowances.historicalPoints },
});
const guard = await guardLoop(patienceMs);
afterAll(async () => {
  await simulator.stop();
  await guard.stop();
});
const endpoints = describedEndpoints();

/** Whose credentials the requests carry; made anew once a request has spoilt them. */
async function newVictim() {
  const { apiKey, identifier, password, accountId } = await simulator.createLogin({ balance: '1000000' });
  const call = (version: number) =>
    simulator.call('POST', '/session', {
      version,
      headers: { 'X-IG-API-KEY': apiKey },
      body: { identifier, password },
    });
  const [{ headers }, { body }] = await Promise.all([call(2), call(3)]);
  const key = { 'X-IG-API-KEY': apiKey };
  return {
    tokens: { ...key, CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! },
    bearer: { ...key, Authorization: `Bearer ${body.oauthToken.access_token}`, 'IG-ACCOUNT-ID': accountId },
  };
}
let victim = await newVictim();

const bodies = endpoints.flatMap(({ example }) => example?.body ?? []);
/** Words of IG's API wherever one may stand; what an endpoint's own example says goes first. */
const words: unknown[] = [
  ...Object.values(Object.assign({}, marketOrder, ...bodies) as object),
  ...Object.keys(Object.assign({}, ...bodies) as object),
  ...endpoints.flatMap(({ example }) => Object.values(example?.params ?? {})),
  'BUY',
  'SELL',
  'LIMIT',
  'STOP',
  'MARKET',
  'QUOTE',
  'MINUTE',
  'SECOND',
  'DAY',
  'ALL',
  'ALL_DEAL',
  'SNAPSHOT_ONLY',
  'GOOD_TILL_DATE',
  '600000',
  '2026-01-05T09:00:00',
  '2026/01/05 09:00:00',
  '2026:01:05-09:00:00',
  '2026-01-05',
  '05-01-2026',
  'Popular Markets',
  'ABC12',
];
/** What may stand for a `:name` where the endpoint itself does not say. */
const someParams: Record<string, string> = Object.assign(
  { resolution: 'MINUTE', points: '5', lastPeriod: '600000', type: 'ALL' },
  ...endpoints.map(({ example }) => example?.params),
);
/** Fields a body may have where the endpoint shows none. */
const someBody = {
  ...marketOrder,
  dealId: 'DIAAAAAAAAAAAAA',
  level: 1.2,
  stopLevel: 1.1,
  stopDistance: 20,
  limitLevel: 1.3,
  limitDistance: 20,
  trailingStop: true,
  trailingStopDistance: 20,
  trailingStopIncrement: 5,
  type: 'LIMIT',
  timeInForce: 'GOOD_TILL_DATE',
  goodTillDate: '2026/02/01 00:00:00',
  name: 'list',
  epics: [marketOrder.epic],
  trailingStopsEnabled: true,
};
const odd: unknown[] = [
  '',
  ' ',
  'true',
  'false',
  '-1',
  '0',
  '1e999',
  '1E10',
  '0x10',
  'NaN',
  '-',
  'DFB',
  'x'.repeat(400),
  '9'.repeat(400),
  `${'a'.repeat(200)}<`,
  `${'1'.repeat(200)}x`,
  `${'A1-'.repeat(100)}!`,
  '\u0000',
  '\ud800',
  '日本',
  '<b>',
  '%',
  '%00',
  '../..',
  '..',
  '.',
  '__proto__',
  'constructor',
  'toString',
  null,
  true,
  false,
  0,
  -1,
  1e308,
  1e-308,
  0.1,
  [],
  [null],
  {},
  { toString: 1 },
  [[]],
];
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  { weight: 3, arbitrary: fc.constantFrom(...odd) },
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const text = value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
const rarely = <T>(usual: T, other: fc.Arbitrary<T>, often = 6) =>
  fc.oneof({ weight: often, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

function changed(body: Record<string, unknown>): fc.Arbitrary<string> {
  const changes = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...Object.keys(body)),
      fc.constantFrom(...Object.keys(someBody), '__proto__', 'toString'),
    ),
    value,
    { maxKeys: 3 },
  );
  const without = fc.subarray(Object.keys(body), { maxLength: Math.min(2, Object.keys(body).length) });
  return fc
    .tuple(changes, without)
    .map(([over, gone]) =>
      JSON.stringify(
        Object.fromEntries(Object.entries({ ...body, ...over }).filter(([name]) => !gone.includes(name))),
      ),
    );
}
const query = (example: string | undefined) => {
  const names = [
    ...new URLSearchParams(example ?? '').keys(),
    'pageSize',
    'pageNumber',
    'from',
    'to',
    'max',
    'type',
    'resolution',
    'epics',
    'searchTerm',
    'marketIds',
    'filter',
    'detailed',
    'dealId',
    'startdate',
    'enddate',
    'maxSpanSeconds',
    'epic',
  ];
  return fc.oneof(
    fc.constant(example ? `?${example}` : ''),
    fc
      .array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 4 })
      .map((pairs) =>
        pairs.length > 0
          ? `?${pairs.map(([name, each]) => `${name}=${encodeURIComponent(each.toWellFormed())}`).join('&')}`
          : '',
      ),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((each) => `?${each.replace(/[#\s]/g, '')}`),
  );
};
interface Request {
  method: string;
  path: string;
  version: string | undefined;
  headers: Record<string, string>;
  as: 'tokens' | 'bearer' | 'key' | 'nobody';
  body: string | undefined;
}
const segment = (each: string) =>
  encodeURIComponent(each.toWellFormed()).replace(/^\.{1,2}$/, '%2E') || '%20';

function requestTo({ method, path, versions, example }: Endpoint): fc.Arbitrary<Request> {
  const path_ = fc
    .array(text, { minLength: 5, maxLength: 5 })
    .chain((others) => fc.tuple(...others.map((other) => fc.boolean().map((keep) => ({ keep, other })))))
    .map((choices) => {
      let i = 0;
      return path.replace(/:(\w+)/g, (_, name: string) => {
        const { keep, other } = choices[i++]!;
        return segment(keep ? (example?.params?.[name] ?? someParams[name] ?? other) : other);
      });
    });
  return fc
    .record<Request>({
      method: rarely(method, fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')),
      path: fc
        .tuple(path_, rarely('', fc.constantFrom('/', '//', '/x', '/%')), query(example?.query))
        .map((parts) => parts.join('')),
      version: rarely<string | undefined>(
        String(versions[0]),
        fc.oneof(
          fc.constant(undefined),
          fc.constantFrom('1', '2', '3', '4', '0', '5', '', 'x', '-1', '1.0', ' 2', '9'.repeat(30)),
        ),
      ),
      headers: fc.record({
        'Content-Type': rarely(
          'application/json; charset=UTF-8',
          fc.constantFrom(
            'application/json',
            'text/plain',
            'application/x-www-form-urlencoded',
            'application/json; charset=nonsense',
            'x',
          ),
        ),
        _method:
          method === 'DELETE'
            ? fc.constantFrom('', 'DELETE', 'delete')
            : rarely('', fc.constantFrom('DELETE', 'PUT', 'x')),
        'Content-Encoding': rarely('', fc.constantFrom('gzip', 'br', 'x'), 30),
      }),
      as: rarely<Request['as']>('tokens', fc.constantFrom('tokens', 'bearer', 'key', 'nobody')),
      body:
        method === 'GET'
          ? rarely<string | undefined>(undefined, text)
          : fc.oneof(
              { weight: 6, arbitrary: changed(example?.body ?? someBody) },
              {
                weight: 1,
                arbitrary: fc.oneof(
                  fc.constant(undefined),
                  text,
                  fc.json(),
                  fc.constant(`"${'x'.repeat(200_000)}"`),
                ),
              },
            ),
    })
    .map((request) =>
      request.method === 'DELETE' && request.headers['_method'] ? { ...request, method: 'POST' } : request,
    );
}
const unknown: Endpoint = {
  method: 'GET',
  path: '/:a/:b',
  versions: [1],
  kind: 'N',
  access: 'session',
  handle: () => ({}),
};

async function send({ method, path, version, headers, as, body }: Request) {
  const credentials: Record<string, string> =
    as === 'tokens'
      ? victim.tokens
      : as === 'bearer'
        ? victim.bearer
        : as === 'key'
          ? { 'X-IG-API-KEY': victim.tokens['X-IG-API-KEY'] }
          : {};
  const sent = Object.entries({
    ...headers,
    ...credentials,
    ...(version !== undefined && { Version: version }),
  }).filter(([, each]) => each !== '');
  const url = `${simulator.baseUrl}${path}`;
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  const ask = () =>
    fetch(url, {
      method,
      headers: sent,
      signal: AbortSignal.timeout(patienceMs),
      ...(hasBody && { body: body.toWellFormed() }),
    });
  // A kept-alive connection may be closed for its idleness as it is used again, on a busy machine; a second reset is the simulator's.
  const response = await ask().catch((error: { cause?: { code?: string } }) => {
    if (error.cause?.code !== 'ECONNRESET') throw error;
    return ask();
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test(
  "whatever is sent to any endpoint, the answer is IG's in form and comes in time, and the simulator serves on",
  { timeout: deep ? 3_600_000 : 120_000 },
  async () => {
    const request = fc.oneof(...endpoints.map(requestTo), requestTo(unknown));
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        guard.tries(`${each.method} ${each.path} ${each.body?.slice(0, 500)}`);
        const { status, type, text: answer } = await send(each);
        expect(status).toBeLessThan(500);
        if (type === 'application/pdf') expect(answer).toMatch(/^%PDF-/);
        else if (answer !== '') expect(type).toBe('application/json; charset=UTF-8');
        if (status >= 400 && each.method !== 'HEAD')
          expect(JSON.parse(answer)).toEqual({ errorCode: expect.stringMatching(/^[\w. -]+$/) });
        else if (answer !== '' && type !== 'application/pdf')
          expect(typeof JSON.parse(answer)).toBe('object');
        if ((status === 401 || status === 403) && (each.as === 'tokens' || each.as === 'bearer'))
          victim = await newVictim();
        clock.advance(50);
      }),
      { numRuns: deep ? 50_000 : 2_000 },
    );
    clock.advance(lockMs); // somebody may have guessed at the test's own login
    expect((await simulator.open()).status).toBe(200);
    expect((await simulator.read('/positions', 2)).body.positions).toHaveLength(1);
  },
);

/** Text that almost fits a pattern of letters, digits or both, and so makes one that backtracks run for ever. */
const almost = [`${'a'.repeat(60)}<`, `${'1'.repeat(60)}x`, `${'A1-'.repeat(25)}!`, `${'1.'.repeat(30)}!`];

test('text that almost fits, in any one place of any example, is answered in time', async () => {
  const places = endpoints.flatMap(({ example, ...endpoint }) => {
    const params = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => ({ params: { [name!]: true } }));
    const names = [...new URLSearchParams(example?.query ?? '').keys()].map((name) => ({ query: name }));
    const fields = Object.keys(example?.body ?? {}).map((name) => ({ body: name }));
    return [...params, ...names, ...fields].map((place) => ({ ...endpoint, example, place }));
  });
  expect(places.length).toBeGreaterThan(50);
  for (const { method, path, versions, access, example, place } of places) {
    for (const odd of almost) {
      const at = place as { params?: Record<string, true>; query?: string; body?: string };
      const filled = path.replace(/:(\w+)/g, (_, name: string) =>
        segment(at.params?.[name] ? odd : (example?.params?.[name] ?? someParams[name] ?? 'x')),
      );
      const asked = new URLSearchParams(example?.query ?? '');
      if (at.query) asked.set(at.query, odd);
      const body = example?.body && { ...example.body, ...(at.body && { [at.body]: odd }) };
      guard.tries(`${method} ${filled}?${asked.toString()} ${JSON.stringify(body)}`);
      const { status } = await send({
        method: method === 'DELETE' ? 'POST' : method,
        path: asked.size > 0 ? `${filled}?${asked.toString()}` : filled,
        version: String(versions[0]),
        as: access === 'key' ? 'key' : 'tokens',
        headers: { 'Content-Type': 'application/json', _method: method === 'DELETE' ? 'DELETE' : '' },
        body: body && JSON.stringify(body),
      });
      expect(status, `${method} ${filled}`).toBeLessThan(500);
      if (status === 401 || status === 403) victim = await newVictim();
    }
  }
});

test('every endpoint that shows an example answers it', async () => {
  const shown = endpoints.flatMap(({ example, ...endpoint }) => (example ? [{ ...endpoint, example }] : []));
  expect(shown.map(({ path }) => path)).toEqual(expect.arrayContaining(['/session', '/markets/:epic']));
  for (const { method, path, versions, example, access } of shown) {
    const filled = path.replace(/:(\w+)/g, (_, name: string) => segment(example.params?.[name] ?? ''));
    const { status, text: answer } = await send({
      method: method === 'DELETE' ? 'POST' : method,
      path: `${filled}${example.query ? `?${example.query}` : ''}`,
      version: String(versions[0]),
      as: access === 'key' ? 'key' : 'tokens',
      headers: { 'Content-Type': 'application/json', _method: method === 'DELETE' ? 'DELETE' : '' },
      body: example.body && JSON.stringify(example.body),
    });
    expect(answer, `${method} ${path}`).not.toMatch(
      /invalid\.url|validation\.|invalid\.request|invalid request|invalid\.input/,
    );
    expect(status, `${method} ${path}`).toBeLessThan(500);
  }
});
