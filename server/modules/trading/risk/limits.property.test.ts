// Many submissions at once through several processes on one database: whatever becomes of each, no limit is ever exceeded, by one order or by one penny. Deep form (10,000): npm run test:deep.
import { setImmediate as turn } from 'node:timers/promises';
import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { deals } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { LimitName, RiskLimits } from '../../../../shared/risk-limits.ts';
import type { TradingEvent } from '../../../../shared/events.ts';
import { createDatabase } from '../../../db/client.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { Bound } from './bounds.ts';
import { eurusd } from '../../../testing/build.ts';
import { numbersOf } from '../../../testing/crash/table.ts';
import { rigOn, tell } from '../../../testing/risk-rig.ts';
import { openedPosition, quoteOf, type TradingRig } from '../../../testing/trading-rig.ts';
import type { Treatment } from '../../../testing/venue.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const seed = process.env['FTRADER_SEED'] ?? String((process.pid * 7919) % 100_003);
/** Of these the first burst takes most; the others come once a minute has passed, and at midnight. */
const burstsOf = (tight: LimitName) => {
  if (!deep) return [150, 60, 60, 30];
  return tight === 'maxExposure' ? [10_000, 500, 500, 500] : [1_500, 200, 200, 200];
};
const processes = 4;
const rivals = [eurusd, 'CS.D.EURGBP.CFD.IP'] as const;
const heldBefore = 6;

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const between = (random: Random, from: number, to: number) =>
  Math.floor(from) + Math.floor(random() * (Math.floor(to) - Math.floor(from) + 1));

/** Processes with a pool of their own each, whose broker treats each request as it likes. */
function startProcesses(rig: TradingRig, random: Random) {
  const { connectionString } = rig.database.pool.options;
  const { feed } = rig.prices;
  const both = (epics: readonly string[]) => [...epics.map(() => eurusd).slice(0, 1)];
  const prices = {
    ...feed,
    quote: async (name: string, epic: string) => {
      const price = await feed.quote(name, eurusd);
      return price && { market: { ...price.market, epic }, tick: { ...price.tick, epic } };
    },
    markets: async (name: string, epics: readonly string[]) => {
      const [market] = await feed.markets(name, both(epics));
      const others = await feed.markets(name, epics);
      const mine = rivals.filter((epic) => epics.includes(epic)).map((epic) => ({ ...market!, epic }));
      return [...mine, ...others.filter(({ epic }) => !rivals.includes(epic as never))];
    },
  };
  const treatments: readonly Treatment[] = [
    'fill',
    'fill',
    'fill',
    'fill',
    'reject',
    'refuse',
    'not sent',
    'silence',
  ];
  return Array.from({ length: processes }, () => {
    const database = createDatabase({ url: connectionString!, logger: silentLogger, max: 8 });
    database.pool.options.connectionTimeoutMillis = 0; // all wait their turn, however many there are
    const dealing: typeof rig.venue.dealing = {
      ...rig.venue.dealing,
      send: async (account, request, options) => {
        const closes = request.kind === 'close' || request.kind === 'cancel_order';
        rig.venue.treat = closes ? 'fill' : pick(random, treatments);
        const answer = await rig.venue.dealing.send(account, request, options);
        const confirm = answer.kind === 'submitted' && rig.venue.confirms.get(answer.dealReference);
        if (confirm && random() < 0.7) told.push(rig.venue.confirmEvent(account.id, confirm));
        return answer;
      },
    };
    /** Confirms that the broker tells once the answer is there. */
    const told: Parameters<Process['applyAccountEvent']>[0][] = [];
    const process: Process = rig.restart({ database, dealing, prices });
    return {
      ...process,
      /** Resolves when nothing is under way any more at it, and what the broker tells of it is applied. */
      async quiet() {
        await process.settled();
        await Promise.all(told.splice(0).map((event) => process.applyAccountEvent(event)));
      },
      close: () => database.close(),
    };
  });
}
type Process = ReturnType<TradingRig['restart']>;

/** The account, or one market in it, as the events tell of it one after the other. */
function scopeOf({ epic, maxExposure, maxOrdersPerMinute, maxOrdersPerDay }: Bound) {
  const most = { exposure: '0', minute: 0, day: 0 };
  const sent: number[] = [];
  let exposure = '0';
  return {
    most,
    holds: (each: string) => epic === null || epic === each,
    add(amount: string, at: number) {
      exposure = decimal.add(exposure, amount);
      sent.push(at);
      const minute = sent.filter((each) => each > at - 60_000).length;
      const day = sent.filter((each) => each >= at - (at % 86_400_000)).length;
      if (decimal.compare(exposure, most.exposure) > 0) most.exposure = exposure;
      Object.assign(most, { minute: Math.max(most.minute, minute), day: Math.max(most.day, day) });
    },
    free(amount: string) {
      exposure = decimal.subtract(exposure, amount);
    },
    problems: () => [
      ...(maxExposure !== null && decimal.compare(most.exposure, maxExposure) > 0
        ? [`${epic ?? 'account'}: exposure ${most.exposure} of ${maxExposure}`]
        : []),
      ...(maxOrdersPerMinute !== null && most.minute > maxOrdersPerMinute
        ? [`${epic ?? 'account'}: ${most.minute} orders in a minute of ${maxOrdersPerMinute}`]
        : []),
      ...(maxOrdersPerDay !== null && most.day > maxOrdersPerDay
        ? [`${epic ?? 'account'}: ${most.day} orders on a day of ${maxOrdersPerDay}`]
        : []),
    ],
  };
}

/** The most that there ever was of each limit, by what the events tell in the order of their commits. */
function replay(
  events: readonly TradingEvent[],
  exposures: ReadonlyMap<string, string>,
  { epics, ...account }: RiskLimits,
) {
  const held = new Map<string, { epic: string; amount: string }>();
  const byBrokerId = new Map<string, string>();
  const scopes = [scopeOf({ ...account, epic: null }), ...epics.map(scopeOf)];
  let sent = 0;
  function free(id: string | undefined) {
    const found = id === undefined ? undefined : held.get(id);
    if (!found) return;
    held.delete(id!);
    for (const scope of scopes) if (scope.holds(found.epic)) scope.free(found.amount);
  }
  for (const { type, at, data } of events) {
    if (type === 'deal.submitting' && exposures.has(data.id)) {
      const amount = exposures.get(data.id)!;
      held.set(data.id, { epic: data.epic, amount });
      sent++;
      for (const scope of scopes) if (scope.holds(data.epic)) scope.add(amount, at.getTime());
    } else if (type === 'deal.accepted' && data.dealId && held.has(data.id))
      byBrokerId.set(data.dealId, data.id);
    else if (type === 'deal.rejected' || type === 'deal.denied') free(data.id);
    else if (type === 'position.closed') free(byBrokerId.get(data.dealId));
  }
  return { problems: scopes.flatMap((scope) => scope.problems()), most: scopes[0]!.most, sent };
}

async function eventsOf(rig: TradingRig): Promise<TradingEvent[]> {
  const all: TradingEvent[] = [];
  for (let after = 0; ; after = all.length) {
    const { events } = await rig.events.read({ userId: rig.userId, stream: 'trading' }, after, 1_000);
    if (events.length === 0) return all;
    all.push(...(events as TradingEvent[]));
  }
}

test.each([
  ['maxExposure', 'exposure_limit'],
  ['maxOrdersPerMinute', 'orders_per_minute_limit'],
  ['maxOrdersPerDay', 'orders_per_day_limit'],
] as const)(
  '%s: however many are submitted at once, wherever, and whatever becomes of them: no limit is exceeded by one, and no close is held back',
  { timeout: deep ? 3_600_000 : 90_000 },
  async (tight, code) => {
    const random = numbersOf(`${seed}/${tight}`);
    const bursts = burstsOf(tight);
    await using rig = await rigOn('demo');
    rig.clock.set(14.9 * 3_600_000); // six minutes before midnight
    const now = () => rig.clock.now();
    const renew = async () => {
      rig.prices.quote = quoteOf({ minimum: '0.01' }, now());
      await tell(rig, '1000000000');
    };
    await renew();
    const open: string[] = [];
    for (let n = 0; n < heldBefore; n++) open.push(await openedPosition(rig, { size: '0.1' }));
    const first = bursts[0]!;
    // One is tight and the others wide, so that each is reached in its turn.
    const wide = (limit: LimitName) => (limit === tight ? 1 : 5);
    const limits = {
      maxExposure: String(60_000 + between(random, first * 8_000, first * 16_000) * wide('maxExposure')),
      maxOrdersPerMinute: between(random, first / 5, first / 3) * wide('maxOrdersPerMinute'),
      maxOrdersPerDay: between(random, first / 5, first / 3) * wide('maxOrdersPerDay'),
    };
    const epics = [
      {
        epic: rivals[1],
        maxExposure: String(between(random, first * 2_000, first * 4_000) * wide('maxExposure')),
        maxOrdersPerMinute: between(random, first / 20, first / 8) * wide('maxOrdersPerMinute'),
      },
    ];
    const started = startProcesses(rig, random);
    const { limits: set } = await started[0]!.as().setRiskLimits({ ...limits, epics });
    async function submit({ as }: Process, closes: string | undefined): Promise<void> {
      const epic = pick(random, rivals);
      const size = `0.${between(random, 1, 9)}`;
      const isOpening = epic === eurusd && random() < 0.5;
      const direction = pick(random, ['BUY', 'SELL'] as const);
      const level = direction === 'BUY' ? '1.16000' : '1.18000';
      const asking = closes
        ? as().closePosition(rig.close(closes))
        : isOpening
          ? as().openPosition(rig.order({ size, direction }))
          : as().placeOrder(rig.resting({ epic, size, direction, level }));
      await asking.catch((error: unknown) => {
        // Its caller waits no longer; it goes on, and is told of by its event.
        if (!(error instanceof TRPCError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      });
    }
    /** Resolves when as many deals as were asked for are admitted or denied, and nothing is under way any more. */
    let asked = heldBefore;
    async function allDecided(): Promise<void> {
      while ((await rig.database.db.$count(deals)) < asked) await turn();
      await Promise.all(started.map((each) => each.quiet()));
    }

    const began = performance.now();
    for (const [number, size] of bursts.entries()) {
      // The last burst is on the next day.
      rig.clock.advance(
        number === 0 ? 0 : number === bursts.length - 1 ? 6 * 60_000 : between(random, 20_000, 61_500),
      );
      await renew();
      await Promise.all(
        Array.from({ length: size }, (_, n) =>
          submit(pick(random, started), n % Math.ceil(size / 2) === 0 ? open.pop() : undefined),
        ),
      );
      asked += size;
      await allDecided();
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    await Promise.all(started.map((each) => each.close()));

    const rows = await rig.database.db.select().from(deals);
    const raising = rows.filter(({ raisesRisk }) => raisesRisk);
    const exposures = new Map(raising.map(({ id, exposure }) => [id, exposure!]));
    const events = await eventsOf(rig);
    const { problems, most, sent } = replay(events, exposures, set);
    const refusals = events.flatMap(({ type, data }) => (type === 'deal.denied' ? [data] : []));
    const denied = new Map<string, number>();
    for (const { reason } of refusals) denied.set(reason!.code, (denied.get(reason!.code) ?? 0) + 1);
    console.log(
      `${tight}: seed ${seed}, ${rows.length} submissions in ${seconds} s at ${processes} processes, ${sent} sent; most exposure ${most.exposure} of ${limits.maxExposure}, orders a minute ${most.minute} of ${limits.maxOrdersPerMinute}, a day ${most.day} of ${limits.maxOrdersPerDay}; denied: ${[...denied].map(([code, n]) => `${code} ${n}`).join(', ')}`,
    );
    expect(problems, `seed ${seed}`).toEqual([]);
    expect(refusals.filter(({ kind }) => kind === 'close')).toEqual([]);
    expect(rows.filter(({ kind, status }) => kind === 'close' && status !== 'denied').length).toBeGreaterThan(
      0,
    );
    expect([...denied.keys()].every((code) => code.endsWith('_limit'))).toBe(true);
    // It was reached, not only kept.
    expect(denied.get(code)).toBeGreaterThan(0);
    const { orders } = await rig.risk();
    const today = rows.filter(
      ({ raisesRisk, status, createdAt }) =>
        raisesRisk && status !== 'denied' && createdAt >= new Date('2026-01-06T00:00:00Z'),
    );
    expect(orders.account?.today).toBe(today.length);
  },
);
