// Closing and cancelling everything: each thing at most once, whoever dies or is asked twice, until the broker's own lists show it.
import { describe, expect, test } from 'vitest';
import type { SagaKind, SagaOutcome } from '../../../../shared/sagas.ts';
import type { Transaction } from '../../../db/transaction.ts';
import type { Jobs } from '../../../jobs/index.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { mortal, untilDeath } from '../../../testing/mortal.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { toAppError } from '../../../trpc/errors.ts';
import { createSagaJob } from './sagas.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
let keys = 0;
const asked = (over: object = {}) => ({ idempotencyKey: `end-all-${++keys}`, waitMs: 0, ...over });
type Name = 'closeAll' | 'cancelAll' | 'flatten';
/** Asks again with the same key, as its error says, where this machine was too slow to answer in time. */
async function told(
  as: ReturnType<TradingRig['as']>,
  name: Name,
  input: ReturnType<typeof asked>,
): Promise<SagaOutcome> {
  try {
    return await as[name](input);
  } catch (error) {
    if (toAppError(error).code !== 'server.unavailable') throw error;
    return told(as, name, input);
  }
}
async function restingOrder(rig: TradingRig): Promise<string> {
  const { dealReference } = await rig.as().placeOrder(rig.resting());
  await rig.applyConfirm(dealReference);
  return rig.venue.confirms.get(dealReference!)!.dealId!;
}
/** Two orders and some positions, a second apart. */
async function arrange(rig: TradingRig, count = 2) {
  const [orders, positions]: [string[], string[]] = [[], []];
  for (let n = 0; n < count; n++) {
    positions.push(await openedPosition(rig));
    if (orders.length < 2) orders.push(await restingOrder(rig));
    rig.clock.advance(1_000);
  }
  rig.venue.requests.length = 0;
  return { orders, positions };
}
/** The stream brings every confirm, the jobs go on with what runs. */
async function goOn(rig: TradingRig, process: ReturnType<TradingRig['restart']> = rig.restart()) {
  for (const confirm of [...rig.venue.confirms.values()])
    await process.applyAccountEvent(rig.venue.confirmEvent(rig.accountId, confirm));
  await process.runSagas();
}
const closesOf = (rig: TradingRig, dealId: string) =>
  rig.venue.requests.filter((request) => request.kind === 'close' && request.dealId === dealId).length;
const procedures: Record<SagaKind, Name> = {
  close_all: 'closeAll',
  cancel_all: 'cancelAll',
  flatten: 'flatten',
};

describe.each<SagaKind>(['close_all', 'cancel_all', 'flatten'])('%s', (kind) => {
  test('has one leg for each, in one order, and ends once the broker’s lists show nothing left', async () => {
    await using rig = await tradingRig();
    const { orders, positions } = await arrange(rig);
    const input = asked();
    const legs = [
      ...(kind === 'close_all' ? [] : orders.map((dealId) => ({ kind: 'cancel_order', dealId }))),
      ...(kind === 'cancel_all' ? [] : positions.map((dealId) => ({ kind: 'close', dealId }))),
    ];
    expect(await told(rig.as(), procedures[kind], input)).toMatchObject({
      kind,
      status: 'running',
      environment: 'simulated',
      legs: legs.map((leg) => ({ ...leg, outcome: 'waiting' })),
    });
    await goOn(rig);
    expect(await told(rig.as(), procedures[kind], input)).toMatchObject({
      status: 'done',
      replayed: true,
      left: [],
      legs: legs.map((leg) => ({ ...leg, outcome: 'done', deal: { status: 'accepted' } })),
    });
    expect([rig.venue.orders.size, rig.venue.positions.size]).toEqual([
      kind === 'close_all' ? 2 : 0,
      kind === 'cancel_all' ? 2 : 0,
    ]);
    expect(rig.venue.requests).toHaveLength(legs.length);
  });
});

test('what nothing is left of is done at once, without a deal', async () => {
  await using rig = await tradingRig();
  expect(await told(rig.as(), 'flatten', asked())).toMatchObject({ status: 'done', legs: [], left: [] });
  expect(rig.venue.requests).toEqual([]);
});

test('flatten: until it ends the account only closes, what was admitted before stays here, and what filled or appeared meanwhile is closed too', async () => {
  await using rig = await tradingRig();
  await arrange(rig);
  const input = asked();
  const late = rig.restart({
    dealing: {
      send: async (account, request, options) => {
        if (request.kind === 'open') await told(rig.as(), 'flatten', input);
        return rig.venue.dealing.send(account, request, options);
      },
    },
  });
  expect(await late.as().openPosition(rig.order())).toMatchObject({
    status: 'denied',
    reason: { code: 'reduce_only' },
  });
  expect(await rig.as().getRisk({})).toMatchObject({
    dealingState: 'reduce_only',
    switches: [{ scope: 'flatten', dealingState: 'reduce_only' }],
  });
  rig.venue.book(build.openRequest({ size: '1' }), 'WEB1'); // nobody here knows of it
  await goOn(rig);
  await goOn(rig);
  const ended = await told(rig.as(), 'flatten', input);
  expect(ended).toMatchObject({ status: 'done', left: [] });
  expect(ended.legs).toHaveLength(5);
  expect([rig.venue.positions.size, rig.venue.orders.size]).toEqual([0, 0]);
  expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
});

test('close_all leaves alone what was opened after it began', async () => {
  await using rig = await tradingRig();
  await arrange(rig);
  const input = asked();
  await told(rig.as(), 'closeAll', input);
  const later = await openedPosition(rig);
  await goOn(rig);
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({ status: 'done' });
  expect([...rig.venue.positions.keys()]).toEqual([later]);
});

test('a leg whose position is being closed already waits for that, and then closes what it has left', async () => {
  await using rig = await tradingRig();
  const dealId = await openedPosition(rig, { size: '3' });
  await rig.as().closePosition(rig.close(dealId, { size: '1' }));
  const input = asked();
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({
    status: 'running',
    legs: [{ outcome: 'waiting', deal: { status: 'denied', reason: { code: 'close_in_flight' } } }],
  });
  await rig.restart().runSagas();
  expect(closesOf(rig, dealId)).toBe(1);
  await goOn(rig);
  await goOn(rig);
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({
    status: 'done',
    legs: [{ outcome: 'done', deal: { size: '2' } }],
  });
  expect([closesOf(rig, dealId), rig.venue.positions.size]).toEqual([2, 0]);
});

test('of a deal and an ending that are asked for at once under one key one is refused, in whatever process, and only the other is done', async () => {
  await using rig = await tradingRig();
  const done = { deals: 0, endings: 0 };
  for (let n = 0; n < 12; n++) {
    const idempotencyKey = `one-for-both-${n}`;
    const [deal, ending] = await Promise.allSettled([
      rig.as().openPosition(rig.order({ idempotencyKey, waitMs: 0 })),
      rig.restart().as().cancelAll({ idempotencyKey, waitMs: 0 }),
    ]);
    if (deal.status === 'fulfilled') done.deals++;
    if (ending.status === 'fulfilled') done.endings++;
    for (const each of [deal, ending])
      if (each.status === 'rejected') expect(toAppError(each.reason).code).toBe('trading.key_reused');
  }
  expect(done.deals + done.endings).toBe(12);
  expect((await rig.as().listDeals({ kind: ['open'] })).deals).toHaveLength(done.deals);
});

test('what the broker refuses to close is named, and the rest is closed', async () => {
  await using rig = await tradingRig();
  const { positions } = await arrange(rig, 3);
  let sent = 0;
  const { dealing } = rig.venue;
  const process = rig.restart({
    dealing: {
      send: (...args) => {
        rig.venue.treat = ++sent === 2 ? 'reject' : 'fill';
        return dealing.send(...args);
      },
    },
  });
  const input = asked();
  await process.as().closeAll(input);
  await goOn(rig);
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({
    status: 'incomplete',
    left: [{ kind: 'position', dealId: positions[1], size: '1' }],
    legs: [
      { outcome: 'done' },
      { outcome: 'refused', deal: { status: 'rejected', reason: { code: 'broker_refused' } } },
      { outcome: 'done' },
    ],
  });
  // Told once, to whoever follows and to whoever looks.
  await goOn(rig);
  expect((await rig.told()).filter((type) => type === 'saga.ended')).toHaveLength(1);
  const { rows } = await rig.database.pool.query<{ data: object }>(
    "select data from user_events where type = 'saga.ended'",
  );
  expect(rows).toMatchObject([
    { data: { kind: 'close_all', status: 'incomplete', left: [{ dealId: positions[1] }], target: null } },
  ]);
  const notices = await rig.database.pool.query<{ title: string }>(
    "select title from notifications where kind = 'saga.incomplete'",
  );
  expect(notices.rows).toEqual([{ title: 'Not every position is closed' }]);
});

test('while the broker’s lists cannot be read it runs on, and ends when they can', async () => {
  await using rig = await tradingRig();
  await arrange(rig);
  const input = asked();
  await told(rig.as(), 'closeAll', input);
  rig.venue.down = true;
  await expect(goOn(rig)).rejects.toThrow();
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({ status: 'running' });
  rig.venue.down = false;
  await goOn(rig);
  expect(await told(rig.as(), 'closeAll', input)).toMatchObject({ status: 'done' });
});

test('a key stands for one request of any kind: that of a deal ends nothing, that of a flattening deals nothing', async () => {
  await using rig = await tradingRig();
  const reused = { cause: { code: 'trading.key_reused' } };
  const deal = rig.order();
  await rig.as().openPosition(deal);
  await expect(rig.as().flatten(asked({ idempotencyKey: deal.idempotencyKey }))).rejects.toMatchObject(
    reused,
  );
  const input = asked();
  await told(rig.as(), 'flatten', input);
  const sent = rig.venue.requests.length;
  await expect(
    rig.as().openPosition(rig.order({ idempotencyKey: input.idempotencyKey })),
  ).rejects.toMatchObject(reused);
  expect(rig.venue.requests).toHaveLength(sent);
});

test('asked for twice at once, by two processes and two keys, each position is closed once', async () => {
  await using rig = await tradingRig();
  const { positions } = await arrange(rig);
  const input = asked();
  const [one, two] = await Promise.all([
    told(rig.as(), 'flatten', input),
    told(rig.restart().as(), 'flatten', input),
    told(rig.restart().as(), 'flatten', asked()),
  ]);
  expect(one.id).toBe(two.id);
  await Promise.all([goOn(rig), goOn(rig)]);
  await goOn(rig);
  expect(positions.map((dealId) => closesOf(rig, dealId))).toEqual([1, 1]);
  expect(await told(rig.as(), 'flatten', input)).toMatchObject({ status: 'done' });
  await expect(told(rig.as(), 'closeAll', input)).rejects.toMatchObject({
    cause: { code: 'trading.key_reused' },
  });
});

/** A step is a call of a port, or the beginning or the commit of a transaction. In the short form a prime, so that the runs meet all kinds of them. */
const [stride, eachStep] = deep ? [1, 'each step'] : [7, 'each 7th step'];
test.each(['fill', 'fill, then silence', 'silence'] as const)(
  `a process that dies at ${eachStep} of a flatten, the broker would %s: each position is closed at most once, and it ends flat by itself`,
  async (treat) => {
    await using rig = await tradingRig();
    const begin = async () => {
      rig.venue.reset();
      rig.venue.treat = 'fill';
      const ids = [await openedPosition(rig), await openedPosition(rig)];
      await restingOrder(rig);
      rig.venue.requests.length = 0;
      rig.venue.treat = treat;
      return ids;
    };
    const finish = async (name: string, ids: string[]) => {
      const alive = rig.restart();
      for (const ms of [20_000, 31_000, 3_000, 5_000]) {
        rig.clock.advance(ms);
        await alive.sweep();
        await alive.reconcileAccount(rig.accountId);
        rig.venue.treat = 'fill';
        await goOn(rig, alive);
      }
      await goOn(rig, alive);
      for (const dealId of ids) {
        const did = treat.startsWith('fill') ? 1 : 2; // one that is proven not to have arrived is asked for again
        expect(closesOf(rig, dealId), name).toBeLessThanOrEqual(did);
      }
      return alive;
    };
    const whole = mortal(rig, Number.POSITIVE_INFINITY);
    const first = await begin();
    await whole.process.as().flatten(asked());
    await finish('whole', first);
    expect(whole.steps.filter((step) => step === 'after dealing.send')).toHaveLength(3);
    for (let at = 0; at < whole.steps.length; at += stride) {
      const name = `${at} ${whole.steps[at]}`;
      const ids = await begin();
      const input = asked();
      await untilDeath(mortal(rig, at), (process) => process.as().flatten(input));
      const alive = await finish(name, ids);
      // Its caller asks again: it had begun, or begins now.
      const answer = await told(alive.as(), 'flatten', input);
      if (answer.status === 'running') await finish(name, ids);
      expect(await told(alive.as(), 'flatten', input), name).toMatchObject({ status: 'done', left: [] });
      expect([rig.venue.positions.size, rig.venue.orders.size], name).toEqual([0, 0]);
    }
  },
  deep ? 1_800_000 : 300_000,
);

test('its beginning enqueues the job that goes on with it, which is enqueued again until it has ended, whatever fails', async () => {
  await using rig = await tradingRig();
  await arrange(rig);
  await told(rig.as(), 'closeAll', asked());
  expect(await rig.waitingJobs()).toContain('trading.run-saga');

  const enqueued: object[] = [];
  let run: (payload: { sagaId: string }) => Promise<void> = () => expect.unreachable();
  const jobs = {
    define(definition: { run: typeof run }) {
      ({ run } = definition);
      return { enqueue: async (_tx: unknown, payload: object) => void enqueued.push(payload) };
    },
  } as unknown as Jobs;
  const ends = [() => Promise.reject(new Error('the broker is away')), async () => false, async () => true];
  createSagaJob({
    jobs,
    transaction: ((work: (tx: unknown) => unknown) => work(undefined)) as Transaction,
    sagaStore: { find: async () => undefined },
    logger: silentLogger,
    run: async () => ends.shift()!(),
  });
  for (const times of [1, 2, 2]) {
    await run({ sagaId: 'saga_1' });
    expect(enqueued).toHaveLength(times);
  }
});
