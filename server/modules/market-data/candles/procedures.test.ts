// Candles as callers get them: over REST and tRPC, from the whole product with the simulator as IG.
import { expect, test } from 'vitest';
import type { CandleUpdate } from '../../../../shared/candles.ts';
import { ChannelData } from '../../../../shared/sockets.ts';
import { failure } from '../../../testing/failure.ts';
import { signIn } from '../../../testing/kit.ts';
import { openPlain } from '../../../testing/sockets.ts';
import { testApp } from '../../../testing/test-app.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const timeoutMs = 60_000;
const minute = 60_000;

async function arrange() {
  const app = await testApp();
  const trader = signIn(app.url);
  const login = await fetch(`${app.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(app.demoLogin),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  return {
    api: trader.api,
    plain: () => openPlain(Number(new URL(app.url).port), accessToken),
    rest: (query: string, { of = epic, signedIn = true } = {}) =>
      fetch(`${app.url}/api/market-data/candles/${of}?${query}`, {
        headers: signedIn ? { Authorization: `Bearer ${accessToken}` } : {},
      }),
    async [Symbol.asyncDispose]() {
      await trader[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

test(
  'a page comes as rows, as columns and as CSV, on every face the same candles, and goes on at its cursor',
  async () => {
    await using app = await arrange();
    const toMs = Math.floor(Date.now() / minute - 10) * minute;
    const range = { from: new Date(toMs - 30 * minute), to: new Date(toMs) };
    const asked = { epic, resolution: 'MINUTE' as const, ...range, limit: 20 };
    const first = await app.api.marketData.candles.query(asked);
    if (first.format !== 'rows') throw new Error('rows are the default');
    expect(first.candles.map(({ startAt }) => startAt.getTime())).toEqual(
      Array.from({ length: 20 }, (_, index) => range.from.getTime() + index * minute),
    );
    expect(first.gaps).toEqual([]);
    const rest = await app.api.marketData.candles.query({ ...asked, cursor: first.nextCursor! });
    expect(rest).toMatchObject({ nextCursor: null, candles: { length: 10 } });

    const columns = await app.api.marketData.candles.query({ ...asked, format: 'columns' });
    if (columns.format !== 'columns') throw new Error('columns were asked for');
    expect(columns.columns.close.offer).toEqual(first.candles.map(({ close }) => close.offer));
    expect(columns.columns.startAt).toEqual(first.candles.map(({ startAt }) => startAt));

    const query = `resolution=MINUTE&from=${range.from.toISOString()}&to=${range.to.toISOString()}&limit=20`;
    const json = (await (await app.rest(query)).json()) as { candles: { startAt: string }[] };
    expect(json.candles.map(({ startAt }) => startAt)).toEqual(
      first.candles.map(({ startAt }) => startAt.toISOString()),
    );
    const csv = await app.rest(`${query}&format=csv`);
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(csv.headers.get('next-cursor')).toBe(first.nextCursor);
    // A page of another origin reads only the headers that this names.
    expect(csv.headers.get('access-control-expose-headers')).toContain('Next-Cursor');
    const [header, line, ...lines] = (await csv.text()).split('\r\n');
    expect(header).toBe(
      'startAt,endAt,bidOpen,bidHigh,bidLow,bidClose,offerOpen,offerHigh,offerLow,offerClose,ticks,complete,revision',
    );
    const { startAt, endAt, open, high, low, close, ticks } = first.candles[0]!;
    expect(line).toBe(
      [
        startAt.toISOString(),
        endAt.toISOString(),
        ...[open, high, low, close].map(({ bid }) => bid),
        ...[open, high, low, close].map(({ offer }) => offer),
        ticks,
        true,
        0,
      ].join(','),
    );
    expect(lines).toHaveLength(20);
    expect(csv.headers.get('gaps')).toBeNull();
    const ago = new Date(toMs - 365 * 24 * 60 * minute).toISOString();
    const later = new Date(toMs - 364 * 24 * 60 * minute).toISOString();
    const old = await app.rest(`resolution=SECOND&from=${ago}&to=${later}&limit=10&format=csv`);
    expect(old.headers.get('gaps')).toBe(`${ago}/${later};reason=not_kept`);
  },
  timeoutMs,
);

test(
  'ranges, limits and zones that are none are refused by their field, an unknown market and nobody by name',
  async () => {
    await using app = await arrange();
    for (const [query, field, problem] of [
      ['resolution=MINUTE&from=2999-01-01T00:00:00Z', 'from', /^is in the future/],
      ['resolution=MINUTE&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from', /^must be before to/],
      ['resolution=MINUTE&from=2026-01-02T00:00:00', 'from', /offset|Z/],
      ['resolution=MINUTE&to=1815-06-18T00:00:00Z', 'to', /^is before 1990/],
      ['resolution=MINUTE&limit=501', 'limit', /500 at most/],
      ['resolution=MINUTE&limit=0', 'limit', /1 to 500/],
      ['resolution=MINUTE&cursor=bm90IG91cnM', 'cursor', /^must be the nextCursor/],
      ['resolution=DAY&zone=Mars%2FOlympus', 'zone', /IANA zone/],
      ['resolution=FORTNIGHT', 'resolution', /./],
      ['resolution=MINUTE&format=xml', 'format', /./],
    ] as const) {
      const answer = await app.rest(query);
      const { code, fields } = (await answer.json()) as { code: string; fields: Record<string, string> };
      expect([query, answer.status, code]).toEqual([query, 400, 'request.invalid']);
      expect(fields[field], query).toMatch(problem);
    }
    const unknown = await app.rest('resolution=MINUTE', { of: 'XX.D.NOTHING.CFD.IP' });
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'market_data.unknown_epic' }]);
    const elsewhere = await app.rest('resolution=MINUTE&feed=login_other');
    expect(await elsewhere.json()).toMatchObject({ code: 'market_data.unknown_feed' });
    expect((await app.rest('resolution=MINUTE', { signedIn: false })).status).toBe(401);
    expect(
      await failure(app.api.marketData.candles.query({ epic: 'XX.D.NOTHING.CFD.IP', resolution: 'DAY' })),
    ).toMatchObject({ data: { code: 'market_data.unknown_epic' } });
  },
  timeoutMs,
);

test(
  'who watches seconds is told of each that is over, from a market that nobody else has streamed',
  async () => {
    await using app = await arrange();
    const told: CandleUpdate[] = [];
    const enough = Promise.withResolvers<void>();
    const subscription = app.api.marketData.onCandles.subscribe(
      { epic, resolution: 'SECOND', zone: 'Asia/Tokyo' },
      {
        onData(candle) {
          told.push(candle);
          if (told.filter(({ complete }) => complete).length >= 3) enough.resolve();
        },
        onError: enough.reject,
      },
    );
    await enough.promise;
    subscription.unsubscribe();
    const whole = told.filter(({ complete }) => complete);
    const starts = whole.map(({ startAt }) => startAt.getTime());
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    for (const { open, close, ticks, zone, feed } of whole) {
      expect([zone, feed]).toEqual(['Asia/Tokyo', 'simulated']);
      expect(ticks).toBeGreaterThan(0);
      expect([open.bid, close.offer]).toEqual([expect.any(String), expect.any(String)]);
    }
  },
  timeoutMs,
);

test(
  'over a plain socket the same candles come, instants as text; an unknown market is refused on its subscription',
  async () => {
    await using app = await arrange();
    const client = await app.plain();
    client.send({ type: 'subscribe', id: 'c', channel: 'candles', input: { epic, resolution: 'SECOND' } });
    client.send({
      type: 'subscribe',
      id: 'x',
      channel: 'candles',
      input: { epic: 'NO.SUCH', resolution: 'DAY' },
    });
    const { data } = await client.message(({ type, data }) => type === 'data' && data.complete);
    expect(data.endAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
    const at = { startAt: new Date(data.startAt), endAt: new Date(data.endAt) };
    const message = { type: 'data', id: 'c', data: { ...data, ...at } };
    expect(ChannelData.candles.parse(message)).toMatchObject({ data: { epic, resolution: 'SECOND' } });
    const refused = await client.message(({ type, id }) => type === 'error' && id === 'x');
    expect(refused.error.code).toBe('market_data.unknown_epic');
  },
  timeoutMs,
);
