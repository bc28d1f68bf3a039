// What any program that follows FTrader may rely on, whichever protocol and language it speaks: run over each of stream-faces.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeCodes, describeClose } from '../../shared/close-codes.ts';
import * as build from './build.ts';
import type { Caller } from './kit.ts';
import { addUser, signIn } from './kit.ts';
import { openSilentWire } from './silent-wire.ts';
import type { Login, StreamClient, StreamFace } from './stream-faces.ts';

export interface RestartableServer {
  url(): string;
  databaseUrl: string;
  /** The same database, broker and port; every connection is ended as a stop of the product ends it. */
  restart(): Promise<void>;
}

const epics = [build.eurusd, 'CS.D.CFDGOLD.BMU.IP'];
const order = { epic: build.eurusd, direction: 'BUY', size: '1', waitMs: 10_000 } as const;
const openPosition = {
  call: 'openPosition',
  method: 'POST',
  path: '/api/trading/positions',
  body: order,
} as const;
const closePosition = (dealId: string) =>
  ({
    call: 'closePosition',
    method: 'DELETE',
    path: `/api/trading/positions/${dealId}`,
    body: { size: '1', waitMs: 10_000 },
    inPath: { dealId },
  }) as const;

/** `name` makes the user of this face. */
export function streamClientContract(name: string, face: StreamFace, server: () => RestartableServer): void {
  const login: Login = { email: `${name}@example.com`, password: 'correct horse battery' };
  let wire: Awaited<ReturnType<typeof openSilentWire>>;
  let client: StreamClient;
  let other: Caller;
  const dataOf = (id: string): any[] =>
    client.told.items.flatMap((each) => (each.id === id && each.data ? [each.data] : []));
  const heard = (id: string, enough: (data: any[]) => boolean) => client.told.until(() => enough(dataOf(id)));
  const isOpen = (all: any[], dealId: string) =>
    all.some(({ type, data }) => type === 'position.opened' && data.dealId === dealId);
  const isClosed = (all: any[], dealId: string) =>
    all.some(({ type, data }) => type === 'position.closed' && data.dealId === dealId);
  const endedWith = (code: number) => client.closes.until((all) => all.some((each) => each.code === code));
  /** The other hand deals while nobody knows whether the client is connected. */
  async function dealElsewhere(): Promise<string> {
    const { dealId, status } = await other.api.trading.openPosition.mutate(build.openPosition(order));
    expect(status).toBe('accepted');
    await other.api.trading.closePosition.mutate({
      dealId: dealId!,
      size: '1',
      waitMs: 10_000,
      idempotencyKey: crypto.randomUUID(),
    });
    return dealId!;
  }
  /** Its connection is up: what it hears happened after all that was done to the one before. */
  async function goesOn() {
    const dealId = await dealElsewhere();
    await heard('events', (all) => isClosed(all, dealId));
  }
  /** What the client was told of both streams is all that there is, once and in order. */
  async function expectWhole() {
    const last = { after: '0', limit: 500 };
    const { events } = await other.api.trading.listEvents.query(last);
    await heard('events', (all) => all.length >= events.length);
    expect(dataOf('events')).toEqual(JSON.parse(JSON.stringify(events)));
    const notices = await other.api.notifications.listEvents.query(last);
    await heard('notices', (all) => all.length >= notices.events.length);
    expect(dataOf('notices')).toEqual(JSON.parse(JSON.stringify(notices.events)));
  }

  beforeAll(async () => {
    const { url, databaseUrl } = server();
    await addUser({ databaseUrl }, { ...login, name });
    wire = await openSilentWire(Number(new URL(url()).port));
    other = signIn(url(), login);
    client = await face(wire.url, login);
  }, 60_000);
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
    await wire?.[Symbol.asyncDispose]();
  }, 60_000);

  test('a wrong password is refused by its code', async () => {
    await expect(face(wire.url, { ...login, password: 'another horse battery' })).rejects.toThrow(
      'auth.invalid_credentials',
    );
  });

  test('a wrong input is told with the field that is wrong, and what is beside it goes on', async () => {
    client.watch('wrong', 'prices', { epics: ['nonsense epic'] });
    client.watch('place', 'trading', { lastEventId: 'yesterday' });
    for (const [id, field] of [
      ['wrong', 'epics[0]'],
      ['place', 'lastEventId'],
    ] as const) {
      await client.told.until((all) => all.some((each) => each.id === id && each.error));
      const { error } = client.told.items.find((each) => each.id === id)!;
      expect(error).toMatchObject({ code: 'request.invalid', fields: { [field]: expect.any(String) } });
    }
  });

  test('prices begin with the newest of every market; after the end nothing of them follows', async () => {
    client.watch('few', 'prices', { epics: epics.slice(0, 1) });
    client.watch('prices', 'prices', { epics });
    await heard('few', (all) => all.length > 0);
    await heard('prices', (all) => all.length > 0);
    expect(dataOf('prices')[0].map(({ epic }: any) => epic)).toEqual(epics);
    client.stop('few');
    await client.told.until((all) => all.some(({ id, stopped }) => id === 'few' && stopped));
    const before = dataOf('few').length;
    const seen = dataOf('prices').length;
    await heard('prices', (all) => all.length > seen + 2);
    expect(dataOf('few')).toHaveLength(before);
  });

  test('who keeps no place is told to read the lists; a place that this database never gave is answered alike', async () => {
    client.watch('unknown', 'trading', { lastEventId: '999999999' });
    await heard('unknown', (all) => all.length > 0);
    expect(dataOf('unknown')[0]).toMatchObject({ type: 'snapshot.needed', recovered: false });
  });

  test('a deal of its own is answered, valued and told as events and notifications, all of them in order', async () => {
    client.watch('events', 'trading', { lastEventId: '0' });
    client.watch('notices', 'notifications', { lastEventId: '0' });
    client.watch('account', 'account', {});
    const opened = await client.deal(openPosition);
    expect(opened).toMatchObject({ status: 'accepted', epic: build.eurusd, size: '1' });
    const ofIt = (position: any) => position.dealId === opened.dealId;
    await heard('account', (all) => all.some(({ positions, changed }) => (positions ?? changed).some(ofIt)));
    const closed = await client.deal(closePosition(opened.dealId));
    expect(closed).toMatchObject({ status: 'accepted', profit: expect.any(String) });
    await heard('events', (all) => isClosed(all, opened.dealId));
    expect(isOpen(dataOf('events'), opened.dealId)).toBe(true);
    await expectWhole();
  });

  test('over connections that are cut nothing is lost and nothing comes twice', async () => {
    for (let cut = 1; cut <= 2; cut++) {
      wire.cut();
      const dealId = await dealElsewhere();
      await heard('events', (all) => isOpen(all, dealId));
      wire.cut(); // the rest may be on its way
      await heard('events', (all) => isClosed(all, dealId));
    }
    await goesOn();
    await endedWith(1006);
    await expectWhole();
  }, 60_000);

  test('a login that is ended elsewhere closes with 4401; with a new one it goes on', async () => {
    await other.api.auth.logoutEverywhere.mutate({});
    await endedWith(4401);
    await goesOn();
    await expectWhole();
  }, 60_000);

  test('a restart of the server closes with 1012; everything goes on where it was', async () => {
    await goesOn();
    await server().restart();
    await goesOn();
    await endedWith(1012);
    const seen = dataOf('prices').length;
    await heard('prices', (all) => all.length > seen);
    await expectWhole();
    const told = client.closes.items.filter(({ reason }) => reason !== undefined);
    for (const { code, reason } of told) expect(reason).toBe(describeClose(code));
    expect(describeClose(1012)).toContain(closeCodes[1012].means);
  }, 90_000);
}
