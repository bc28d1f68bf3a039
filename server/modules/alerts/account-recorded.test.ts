// Alerts on an account and its position against a plain reference, on recorded ticks: each valued by trading, each compared, none missed and none doubled.
import { expect, test } from 'vitest';
import type { Market, Tick } from '../../../shared/market-data.ts';
import { between, seededRandom } from '../../ig-simulator/random.ts';
import { silentLogger } from '../../lib/logger.ts';
import { toldBy, type RecordedTick, type Told } from '../../testing/alert-reference.ts';
import { readTicks, recordings } from '../../testing/alert-rig.ts';
import * as build from '../../testing/build.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { describeWith } from '../../testing/requires.ts';
import { quoteOf } from '../../testing/trading-rig.ts';
import { createFollowAccount } from '../trading/valuation/each-tick.ts';
import { createAccountAlerts } from './account-alerts.ts';
import type { AlertRow } from './store.ts';

const account = build.account({ currency: 'USD' });
const [dealId, epic] = ['DIAAA', 'CS.D.BITCOIN.CFD.IP'];
const [cash, margin, size] = ['200', '500', '0.7'];

type Row = Pick<AlertRow, 'id' | 'condition' | 'repeat' | 'rearmBand' | 'state' | 'revision'> & object;
/** What each of `rows` does while the ticks are played, the first at 1 ms past the start. */
async function play(ticks: readonly RecordedTick[], rows: readonly Row[], level: string) {
  const clock = createManualClock();
  const startMs = clock.now().getTime();
  const told = new Map<string, Told[]>(rows.map(({ id }) => [id, []]));
  const kept = new Map(rows.map((row) => [row.id, { ...row, stateAt: clock.now(), seenAt: clock.now() }]));
  type Step = { id: string; revision: number; state: AlertRow['state']; stateAt: Date };
  const write = ({ id, revision, state, stateAt }: Step, turn: Told['turn']) => {
    const row = kept.get(id)!;
    expect(row.revision).toBe(revision);
    Object.assign(row, { state, revision: revision + 1 });
    told.get(id)!.push({ index: stateAt.getTime() - startMs - 1, turn });
  };
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => void signal.addEventListener('abort', () => resolve(), { once: true }));
  const played = Promise.withResolvers<void>();
  const follow = createFollowAccount({
    clock,
    logger: silentLogger,
    accounts: { forUser: async () => account },
    events: {
      async *follow(_user: string, _stream: string, { signal }: { signal: AbortSignal }) {
        await aborted(signal);
        yield* [];
      },
    },
    prices: {
      async *watch(_feed: string, _epics: readonly string[], signal: AbortSignal) {
        for (const [seq, { bid, offer }] of ticks.entries()) {
          clock.advance(1);
          yield [{ ...quoteOf().tick, epic, bid, offer, seq } satisfies Tick];
        }
        played.resolve();
        await aborted(signal);
      },
    },
    values: {
      openVersion: async () => '1',
      figures: async () => ({ cash, margin }),
      openRows: async () => [
        { dealId, epic, direction: 'BUY', size, level, currency: 'USD', contractSize: '1', version: 1 },
      ],
      marketsOf: async () =>
        new Map([[epic, { ...quoteOf().market, epic, contractSize: '1' } satisfies Market]]),
    },
  } as unknown as Parameters<typeof createFollowAccount>[0]);
  const work = createAccountAlerts({
    clock,
    logger: silentLogger,
    wake: () => undefined,
    notify: async () => undefined,
    transaction: (run: (tx: object) => unknown) => run({}),
    candles: {},
    valuations: { follow, realised: async () => 'open' },
    store: {
      ofAccounts: async () => [...kept.values()].filter(({ state }) => state !== 'done'),
      rows: async (ids: readonly string[]) => ids.map((id) => kept.get(id)!),
      change: async (_tx: object, step: Step) => (write(step, 'fired'), { note: null }),
      arm: async (steps: readonly Step[]) =>
        steps.map((step) => (write({ ...step, state: 'armed' }, 'armed'), step.id)),
      writeSeen: async () => undefined,
      expire: async () => undefined,
      dropLeft: async () => undefined,
    },
  } as unknown as Parameters<typeof createAccountAlerts>[0]);
  await played.promise;
  await work.close();
  return told;
}

await describeWith('data', 'on recorded ticks', (folder) => {
  test('alerts on margin and on the profit of a position equal the reference at every tick', async () => {
    const name = recordings(folder).find((each) => each.startsWith('BTCUSD'))!;
    const ticks = readTicks(folder, name).slice(0, 4_000);
    const random = seededRandom('alerts on an account');
    const one = <Value>(values: ArrayLike<Value>): Value => values[between(random, [0, values.length - 1])]!;
    const level = ticks[1_000]!.bid;
    // Prices have one digit behind the point: a tenth is 7 cents. A thousandth of the margin level is half a cent of equity.
    const tenths = (price: string) => Math.round(Number(price) * 10);
    const cents = ticks.map(({ bid }) => 7 * (tenths(bid) - tenths(level)));
    const levels = cents.map((profit) => 2 * (100 * Number(cash) + profit));
    const alerts = Array.from({ length: 30 }, (_, n) => {
      const [repeat, isMargin] = [one(['once', 'every', 'every'] as const), n % 2 === 0];
      const values = isMargin ? levels : cents;
      const [at, band, direction] = [one(values), one([0, 14, 140]), one(['up', 'down'] as const)];
      const text = (whole: number) => (isMargin ? (whole / 1_000).toFixed(3) : (whole / 100).toFixed(2));
      const { id: accountId, environment } = account;
      const place = { accountId, environment };
      const condition = isMargin
        ? { kind: 'margin_level', ...place, level: text(at) }
        : { kind: 'position_profit', ...place, dealId, direction, amount: text(at) };
      const sign = isMargin || direction === 'down' ? (-1 as const) : (1 as const);
      const expected = toldBy(values, { sign, at, band, repeat, state: 'waiting' });
      const row = {
        ...{ id: `alert_${n}`, userId: account.userId, name: 'X', condition, repeat },
        ...{ rearmBand: text(band), state: 'waiting' as const, firedCount: 0, revision: 1, expiresAt: null },
      };
      return { row, expected };
    });
    const told = await play(
      ticks,
      alerts.map(({ row }) => row),
      level,
    );
    const fired = alerts.flatMap(({ expected }) => expected).filter(({ turn }) => turn === 'fired');
    expect(fired.length, 'a recording in which much happens').toBeGreaterThan(100);
    for (const { row, expected } of alerts)
      expect(told.get(row.id), JSON.stringify(row.condition)).toEqual(expected);
  });
});
