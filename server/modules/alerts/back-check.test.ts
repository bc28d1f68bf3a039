// Alerts after a gap in the prices: what candles tell of it is found, marked by when, and nothing is told twice or made up.
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../shared/candles.ts';
import { between, seededRandom } from '../../ig-simulator/random.ts';
import { createAlertReference, type RecordedTick } from '../../testing/alert-reference.ts';
import {
  alertEngine,
  alertEpic,
  quoteOf,
  readTicks,
  recordings,
  seededAlerts,
} from '../../testing/alert-rig.ts';
import { describeWith } from '../../testing/requires.ts';
import { createBackCheck } from './back-check.ts';
import type { LiveAlert, Step } from './engine.ts';

const minuteMs = 60_000;
const spanMs: Record<string, number> = {
  MINUTE: minuteMs,
  MINUTE_5: 5 * minuteMs,
  MINUTE_15: 15 * minuteMs,
  HOUR: 60 * minuteMs,
  HOUR_4: 240 * minuteMs,
};
const minuteOf = (atMs: number) => Math.floor(atMs / minuteMs) * minuteMs;

/** The candles of ticks, made by themselves: minutes, or longer ones of UTC. */
function minutesOf(ticks: readonly RecordedTick[], lengthMs = minuteMs): Candle[] {
  const groups = Map.groupBy(ticks, ({ atMs }) => Math.floor(atMs / lengthMs) * lengthMs);
  return [...groups].map(([startMs, all]) => {
    const price = (pick: (values: string[]) => string) => ({
      bid: pick(all.map(({ bid }) => bid)),
      offer: pick(all.map(({ offer }) => offer)),
    });
    const byValue = (values: string[]) => values.toSorted((a, b) => Number(a) - Number(b));
    return {
      startAt: new Date(startMs),
      endAt: new Date(startMs + lengthMs),
      open: price((values) => values[0]!),
      high: price((values) => byValue(values).at(-1)!),
      low: price((values) => byValue(values)[0]!),
      close: price((values) => values.at(-1)!),
      ticks: all.length,
      complete: true,
      revision: 0,
    };
  });
}

await describeWith('data', 'on every recorded tick', (folder) => {
  test.each(recordings(folder))(
    '%s: after a gap an alert that is told once is told, once, and in the minute in which it happened',
    (name) => {
      const ticks = readTicks(folder, name).slice(0, 60_000);
      const seed = `gaps in ${name}`;
      const random = seededRandom(seed);
      const reference = createAlertReference(ticks);
      let late = 0;
      for (let run = 0; run < 4; run++) {
        const from = between(random, [ticks.length >> 2, ticks.length >> 1]);
        const to = from + between(random, [50, 4_000]);
        const alerts = seededAlerts(`${seed} ${run}`, ticks.slice(from, to), 80, ['price'])
          .filter(({ condition }) => condition.side !== 'mid')
          .map((alert) => ({ ...alert, repeat: 'once' as const }));
        const gap = { fromMs: ticks[from - 1]!.atMs, toMs: ticks[to]!.atMs };
        const minutes = minutesOf(ticks.slice(0, to + 2_000)).filter(
          ({ startAt, endAt }) => endAt.getTime() > gap.fromMs && startAt.getTime() <= gap.toMs,
        );
        const engine = alertEngine();
        const since = new Map<string, number>();
        const fired = new Map<string, { index: number; atMs: number; late: boolean }>();
        const take = (steps: readonly Step[], index: number) => {
          for (const { id, turn, atMs } of steps) {
            since.set(id, atMs);
            if (turn !== 'fired') continue;
            expect(fired.has(id), 'it is told once').toBe(false);
            fired.set(id, { index, atMs, late: false });
          }
        };
        const begin = from - 300;
        for (const alert of alerts) engine.add(alert);
        for (const [index, tick] of ticks.entries()) {
          if (index < begin) continue;
          if (index === from) engine.interrupt(null);
          if (index >= from && index < to) continue;
          take(engine.tick(alertEpic, quoteOf(tick)), index);
          if (index !== to + 1_000) continue;
          // Live for a while: then the candles have come.
          const check = createBackCheck(minutes);
          for (const alert of [...engine.list()] as LiveAlert[])
            for (const { turn, atMs, course } of check({ ...alert, sinceMs: since.get(alert.id) ?? 0 })) {
              since.set(alert.id, atMs);
              if (turn === 'fired') {
                fired.set(alert.id, { index, atMs, late: true });
                engine.remove(alert.id);
                late++;
              } else {
                take(engine.add({ ...alert, ...course }), index);
                take(engine.renew(alert.id, { atMs: tick.atMs, receivedAtMs: tick.atMs }), index);
              }
            }
        }
        for (const alert of alerts) {
          const told = reference(alert, begin).find(({ turn }) => turn === 'fired');
          const armed = reference(alert, begin).find(({ turn }) => turn === 'armed');
          const found = fired.get(alert.id);
          const where = `${seed} ${run}: ${JSON.stringify(alert)}`;
          const isUnseen = (index: number) => index >= from && index < to;
          if (armed && isUnseen(armed.index)) continue; // when it could be told at all was not seen
          if (!told) expect(found, where).toBeUndefined();
          else if (!isUnseen(told.index))
            expect(found, where).toMatchObject({ index: told.index, late: false });
          // Armed in the minute in which the gap began: what that minute holds may have been before.
          else if (armed && minuteOf(ticks[armed.index]!.atMs) === minuteOf(ticks[told.index]!.atMs))
            continue;
          else if (found?.late) expect(found.atMs, where).toBe(minuteOf(ticks[told.index]!.atMs) + minuteMs);
          // Or a price after the gap was there before the candles were.
          else {
            expect(found?.index, where).toBeGreaterThanOrEqual(to);
            expect(found?.index, where).toBeLessThanOrEqual(to + 1_000);
          }
        }
      }
      expect(late).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(recordings(folder))(
    '%s: of every kind of alert candles tell after a gap nothing that did not happen by then, of closes all, and of prices that are told once whether',
    (name) => {
      const ticks = readTicks(folder, name).slice(0, 20_000);
      const seed = `unseen in ${name}`;
      const random = seededRandom(seed);
      const reference = createAlertReference(ticks);
      const firstOfMinute = (index: number) => {
        while (minuteOf(ticks[index]!.atMs) === minuteOf(ticks[index - 1]!.atMs)) index++;
        return index;
      };
      const counts = { price: 0, move: 0, candle_close: 0 };
      for (let run = 0; run < 3; run++) {
        const from = firstOfMinute(between(random, [ticks.length >> 2, ticks.length >> 1]));
        const to = firstOfMinute(from + between(random, [ticks.length >> 7, ticks.length >> 2]));
        const untilMs = minuteOf(ticks[to]!.atMs);
        const ended = (candles: Candle[]) => candles.filter(({ endAt }) => endAt.getTime() <= untilMs);
        const checks = new Map(
          Object.entries(spanMs).map(([resolution, lengthMs]) => [
            resolution,
            createBackCheck(ended(minutesOf(ticks.slice(0, to), lengthMs))),
          ]),
        );
        for (const [n, seeded] of seededAlerts(`${seed} ${run}`, ticks.slice(from, to), 120).entries()) {
          const alert = n % 3 ? { ...seeded, state: 'armed' as const } : seeded;
          const { condition, repeat } = alert;
          const where = `${seed} ${run}: ${JSON.stringify(alert)}`;
          const isClose = condition.kind === 'candle_close';
          const check = checks.get(isClose ? condition.resolution : 'MINUTE')!;
          const late = check({ ...alert, sinceMs: minuteOf(ticks[from]!.atMs) }).filter(
            ({ turn }) => turn === 'fired',
          );
          counts[condition.kind] += late.length;
          // The close of what was over when the gap began is no part of it.
          const told = reference(alert, isClose ? from + 1 : from).filter(({ turn }) => turn === 'fired');
          for (const [n, { atMs }] of late.entries()) {
            const happened = told[n] && ticks[told[n].index - (isClose ? 1 : 0)]!.atMs;
            expect(happened, where).toBeDefined();
            expect(happened, where).toBeLessThan(atMs);
          }
          const inGap = told.filter(({ index }) => (isClose ? index <= to : index < to));
          if (isClose && untilMs % spanMs[condition.resolution]! !== 0) inGap.splice(late.length); // the last one is not over
          const isSure = condition.kind === 'price' && condition.side !== 'mid' && repeat === 'once';
          if (isClose || (isSure && alert.state === 'armed')) expect(late, where).toHaveLength(inGap.length);
        }
      }
      for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThan(0);
    },
    120_000,
  );
});

describe('what candles do not tell', () => {
  const at = Date.parse('2026-01-05T09:00:00Z');
  const minute = (n: number, [open, high, low, close]: [string, string, string, string]): Candle => {
    const both = (price: string) => ({ bid: price, offer: price });
    return {
      startAt: new Date(at + n * minuteMs),
      endAt: new Date(at + (n + 1) * minuteMs),
      open: both(open),
      high: both(high),
      low: both(low),
      close: both(close),
      ticks: 9,
      complete: true,
      revision: 0,
    };
  };
  const alert = (given: object = {}, condition: object = {}) =>
    ({
      id: 'alert_1',
      condition: {
        kind: 'price',
        epic: alertEpic,
        feed: 'simulated',
        side: 'bid',
        direction: 'up',
        level: '100',
        ...condition,
      },
      repeat: 'every',
      rearmBand: '0',
      expiresAt: null,
      state: 'armed',
      firedCount: 0,
      sinceMs: 0,
      ...given,
    }) as LiveAlert & { sinceMs: number };
  const turns = (of: LiveAlert & { sinceMs: number }, ...candles: Candle[]) =>
    createBackCheck(candles)(of).map(
      ({ turn, value, atMs }) => `${turn} ${value} by ${(atMs - at) / minuteMs}`,
    );

  test('a candle that began before the alert came to its state is left out', () => {
    const peak = minute(0, ['99', '101', '98', '99']);
    expect(turns(alert(), peak)).toEqual(['fired 101 by 1', 'armed 99 by 1']);
    expect(turns(alert({ sinceMs: at + 1 }), peak)).toEqual([]);
  });
  test('whether the low came before the high is not guessed: less is told', () => {
    const waiting = alert({ state: 'waiting', firedCount: 1 });
    expect(turns(waiting, minute(0, ['100', '101', '98', '99.5']))).toEqual(['armed 98 by 1']);
    expect(turns(waiting, minute(0, ['99', '101', '98', '99.5']))).toEqual([
      'armed 99 by 1',
      'fired 101 by 1',
      'armed 99.5 by 1',
    ]);
  });
  test('of the mid nothing between open and close is known: the highest bid and offer need not have stood together', () => {
    const mid = alert({}, { side: 'mid' });
    expect(turns(mid, minute(0, ['99', '101', '98', '99']))).toEqual([]);
    expect(turns(mid, minute(0, ['99', '101', '98', '100.5']))).toEqual(['fired 100.5 by 1']);
  });
  test('what may have come after its time was up is not told', () => {
    const peak = minute(1, ['99', '101', '98', '99']);
    const ending = (seconds: number) => alert({ repeat: 'once', expiresAt: new Date(at + seconds * 1_000) });
    expect(turns(ending(120), peak)).toEqual(['fired 101 by 2']);
    expect(turns(ending(119), peak)).toEqual([]);
  });
  test('a candle whose end is not known closes nothing', () => {
    const closing = alert({}, { kind: 'candle_close', resolution: 'MINUTE', zone: 'UTC' });
    expect(turns(closing, minute(0, ['99', '102', '99', '101']))).toEqual(['fired 101 by 1']);
    expect(turns(closing, { ...minute(0, ['99', '102', '99', '101']), complete: false })).toEqual([]);
  });
  test('a move counts where both of its prices are surely within the window', () => {
    const moving = (windowSeconds: number) =>
      alert({}, { kind: 'move', percent: '2', windowSeconds, direction: 'up' });
    const candles = [
      minute(0, ['100', '100', '100', '100']),
      minute(1, ['100', '101', '100', '101']),
      minute(2, ['101', '102', '101', '102']),
    ];
    expect(turns(moving(60), ...candles)).toEqual([]);
    expect(turns(moving(300), ...candles)).toEqual(['fired 2 by 3']);
  });
});
