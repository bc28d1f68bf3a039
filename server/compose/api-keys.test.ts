// An API key against the whole server: on every transport, in every process, bound to one of two accounts.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { createFTraderClient } from '../../client/index.ts';
import { auditLog } from '../../drizzle/schema/index.ts';
import type { CreateApiKey } from '../../shared/api-keys.ts';
import { createDatabase } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { within } from '../lib/within.ts';
import * as build from '../testing/build.ts';
import { openEventStream } from '../testing/event-stream.ts';
import { addAccount } from '../testing/people.ts';
import { openPlain, openRaw } from '../testing/sockets.ts';
import { addUser } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';

/** Generous to a busy machine; nothing else would end what is open here. */
const patienceMs = 20_000;
const timeoutMs = 90_000;
const follow = { path: 'trading.onEvents', input: { json: { lastEventId: '0' } } };
const followUrl = `trading.onEvents?input=${encodeURIComponent(JSON.stringify(follow.input))}`;
const portOf = ({ url }: { url: string }) => Number(new URL(url).port);

/** Of what is asked here: what a test looks at. */
interface Answered {
  code?: string;
  id: string;
  dealId: string;
  accounts: { id: string }[];
  positions: { dealId: string }[];
  events: { type: string }[];
  next: string;
}

/** Ann with her simulated account and a second one, which no broker knows. */
async function start() {
  const app = await testApp();
  const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
  onTestFinished(() => database.close());
  await addUser(app);
  const login = await createFTraderClient({ url: app.url }).api.auth.login.mutate(build.login);
  const { api } = createFTraderClient({ url: app.url, token: () => login.accessToken });
  const { accounts } = await api.accounts.list.query();
  await addAccount(database, login.user.id, { id: 'acct_second' });
  return Object.assign(app, {
    database,
    api,
    first: accounts[0]!.id,
    make: (over: Partial<CreateApiKey> = {}) =>
      api.auth.createApiKey.mutate({
        name: 'bot',
        scopes: ['account:read', 'trade:open', 'trade:close'],
        ...over,
      }),
    /** `intent`: whose idempotency key; left out, a key's own. */
    async ask(key: string, method: string, path: string, body?: object, intent = key) {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': `test-${intent.slice(3, 20)}`,
      };
      const answer = await fetch(`${app.url}/api${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, json: (await answer.json()) as Answered };
    },
  });
}

test(
  'a bound key deals on its account and on no other, is told of nothing else, and the audit names it',
  async () => {
    await using app = await start();
    const own = await app.make({ accountIds: [app.first] });
    const other = await app.make({ accountIds: ['acct_second'] });
    const { idempotencyKey: _key, ...order } = build.openPosition({ accountId: app.first, waitMs: 10_000 });
    const open = (key: string, over: object = {}) =>
      app.ask(key, 'POST', '/trading/positions', { ...order, ...over });

    expect(await open(other.key)).toMatchObject({ status: 404, json: { code: 'accounts.not_found' } });
    expect(await open(own.key, { accountId: undefined })).toMatchObject({
      status: 403,
      json: { code: 'auth.key_bound' },
    });
    const opened = await open(own.key);
    expect(opened).toMatchObject({ status: 200, json: { status: 'accepted', accountId: app.first } });

    const rows = () => app.database.db.select().from(auditLog).where(eq(auditLog.sessionId, own.id));
    expect(await rows()).toMatchObject([{ action: 'trading.openPosition' }]);

    const reads = (key: string) =>
      Promise.all(
        [
          `/trading/deals/${opened.json.id}`,
          '/accounts',
          '/trading/events?after=0',
          '/portfolio',
          `/trading/positions?accountId=${app.first}`,
          `/accounts/${app.first}`,
        ].map((path) => app.ask(key, 'GET', path)),
      );
    const [deal, accounts, events, portfolios, positions, account] = await reads(own.key);
    expect([deal, accounts, events, portfolios, positions, account].map((each) => each!.status)).toEqual([
      200, 200, 200, 403, 200, 200,
    ]);
    expect(events!.json.events.map(({ type }) => type)).toContain('position.opened');
    const [noDeal, theirs, noEvents, , noPositions, noAccount] = await reads(other.key);
    expect([noDeal, noPositions, noAccount].map((each) => each!.status)).toEqual([404, 404, 404]);
    expect(theirs!.json.accounts.map(({ id }) => id)).toEqual(['acct_second']);
    expect([noEvents!.json.events, noEvents!.json.next]).toEqual([[], events!.json.next]);

    // An account that is named reaches no deal of another: neither by the broker's id, nor by the key that it was asked for with.
    const { dealId } = opened.json;
    const named = { accountId: 'acct_second' };
    const reaching = [
      await app.ask(other.key, 'GET', `/trading/positions/${dealId}?accountId=acct_second`),
      await app.ask(other.key, 'DELETE', `/trading/positions/${dealId}`, named),
      await app.ask(other.key, 'PATCH', `/trading/positions/${dealId}`, { ...named, stopLevel: '1' }),
      await app.ask(other.key, 'PUT', '/trading/dealing-state', { scope: 'user', dealingState: 'halted' }),
      await app.ask(other.key, 'PUT', '/trading/dealing-state', {
        ...named,
        scope: 'user',
        dealingState: 'halted',
      }),
      await app.ask(other.key, 'POST', '/trading/positions', { ...order, ...named }, own.key),
      await app.ask(other.key, 'POST', '/trading/flatten', named, own.key),
    ];
    expect(reaching.map(({ json }) => json.code)).toEqual([
      'trading.position_not_found',
      'trading.position_not_found',
      'trading.position_not_found',
      'auth.key_bound',
      'request.invalid',
      'trading.key_reused',
      'trading.key_reused',
    ]);
    expect(
      (await app.ask(own.key, 'GET', `/trading/positions?accountId=${app.first}`)).json.positions,
    ).toMatchObject([{ dealId }]);

    const told = async (key: string, until: string) => {
      const socket = await openRaw(portOf(app), key);
      onTestFinished(socket.close);
      socket.send({ id: 1, method: 'subscription', params: follow });
      const types: string[] = [];
      await socket.message((message) => {
        const type = message.result?.data?.json?.[1]?.type ?? message.result?.data?.json?.data?.type;
        if (type) types.push(type);
        return type === until;
      });
      return types;
    };
    await app.api.trading.setDealingState.mutate({
      scope: 'account',
      accountId: 'acct_second',
      dealingState: 'halted',
    });
    expect(await told(own.key, 'position.opened')).toContain('deal.accepted');
    expect(await told(other.key, 'dealing.halted')).toEqual(['dealing.halted']);
  },
  timeoutMs,
);

test(
  'revoking a key ends its sockets and event streams, and no others, in this process and in another',
  async () => {
    await using app = await start();
    await using elsewhere = await testApp({ databaseUrl: app.databaseUrl, roles: ['api'] });
    const [revoked, kept] = [await app.make(), await app.make()];
    const follows = async (port: number, key: string) => {
      const raw = await openRaw(port, key);
      raw.send({ id: 1, method: 'subscription', params: follow });
      await raw.message((message) => message.result?.type === 'started');
      const plain = await openPlain(port, key, {}, '/ws/trading/');
      const stream = await openEventStream(port, followUrl, { token: key });
      await stream.event(({ event }) => event === 'connected');
      await plain.message(() => true);
      onTestFinished(() => (raw.close(), plain.close(), void stream.close()));
      return { raw, plain, stream };
    };
    const ports = [portOf(app), portOf(elsewhere)];
    const open = await Promise.all(ports.map((port) => follows(port, revoked.key)));
    const others = await Promise.all(ports.map((port) => follows(port, kept.key)));
    let ended = 0;
    for (const { raw, plain, stream } of others)
      for (const end of [raw.closed, plain.closed, stream.ended]) void end.then(() => ended++);

    await app.api.auth.revokeApiKey.mutate({ id: revoked.id });
    const all = open.flatMap(({ raw, plain, stream }) => [raw.closed, plain.closed, stream.ended]);
    await within(systemClock, patienceMs, () => Promise.all(all as Promise<unknown>[]));
    for (const { raw, plain } of open)
      expect([(await raw.closed).code, (await plain.closed).code]).toEqual([4401, 4401]);
    expect(ended).toBe(0);
    expect(await app.ask(revoked.key, 'GET', '/accounts')).toMatchObject({
      status: 401,
      json: { code: 'auth.key_invalid' },
    });
  },
  timeoutMs,
);
