// The engine of alerts against a plain reference: on every recorded tick, on random walks, across restarts, and its small rules one by one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between, seededRandom } from '../../ig-simulator/random.ts';
import { createAlertReference, type RecordedTick, type Told } from '../../testing/alert-reference.ts';
import {
  alertEngine,
  alertEpic,
  quoteOf,
  readTicks,
  recordings,
  seededAlerts,
} from '../../testing/alert-rig.ts';
import { describeWith } from '../../testing/requires.ts';
import { pricesOf, type AlertEngine, type LiveAlert, type MoveCondition, type Step } from './engine.ts';
import { seenPrices } from './past.ts';
import { textOfUnits } from './units.ts';

/** What an engine does with each alert, by places in the recording. */
function createBook() {
  const told = new Map<string, Told[]>();
  return {
    told,
    take(steps: readonly Step[], index: number) {
      for (const { id, turn } of steps) {
        const all = told.get(id) ?? [];
        told.set(id, all);
        all.push({ index, turn });
      }
    },
  };
}
const countOf = (told: Iterable<readonly Told[]>) =>
  [...told].flat().filter(({ turn }) => turn === 'fired').length;

/** Runs alerts over ticks in engines that are replaced at `cuts`, as a restart does: the rows are all that is kept. */
function runEngine(
  ticks: readonly RecordedTick[],
  alerts: readonly LiveAlert[],
  cuts: readonly number[] = [],
) {
  const book = createBook();
  let engine = alertEngine();
  for (const alert of alerts) book.take(engine.add(alert), -1);
  for (const [index, tick] of ticks.entries()) {
    if (cuts.includes(index)) engine = restarted(engine, ticks.slice(0, index));
    book.take(engine.tick(alertEpic, quoteOf(tick)), index);
  }
  return book.told;
}
/** Another engine with the same alerts, which is told what was quoted before where an alert needs it. */
function restarted(engine: AlertEngine, before: readonly RecordedTick[]): AlertEngine {
  const next = alertEngine();
  for (const alert of structuredClone([...engine.list()].map(rowOf))) {
    const { condition } = alert;
    if (condition.kind === 'move' && !next.hasWindow(condition))
      next.precede(condition, pastPrices(before, condition));
    next.add(alert);
  }
  return next;
}
const rowOf = ({ id, condition, repeat, rearmBand, expiresAt, firedCount, state }: LiveAlert): LiveAlert => ({
  id,
  condition,
  repeat,
  rearmBand,
  expiresAt,
  firedCount,
  state,
});
/** Those of the window, and the one that was in force as it began. */
function pastPrices(
  before: readonly RecordedTick[],
  { side, windowSeconds }: LiveAlert['condition'] & { kind: 'move' },
) {
  const beganMs = before.at(-1)!.atMs - windowSeconds * 1_000;
  const first = Math.max(
    0,
    before.findLastIndex(({ atMs }) => atMs <= beganMs),
  );
  return before.slice(first).map(({ atMs, ...prices }, index) => {
    const price = textOfUnits(pricesOf(prices)[side]!);
    return { atMs, untilMs: before[first + index + 1]?.atMs ?? Infinity, low: price, high: price };
  });
}

/** Alerts on each recording; the deep form, npm run test:deep, also runs each without a restart. */
const deep = process.env['FTRADER_DEEP'] === '1';
const many = deep ? 400 : 60;

await describeWith('data', 'on every recorded tick', (folder) => {
  test.each(recordings(folder))(
    '%s: alerts equal the reference: none missed, none doubled, across restarts',
    (name) => {
      const ticks = readTicks(folder, name);
      const seed = `alerts on ${name}`;
      const alerts = seededAlerts(seed, ticks, many);
      const random = seededRandom(`${seed}, cuts`);
      const reference = createAlertReference(ticks);
      const expected = new Map(alerts.map((alert) => [alert.id, reference(alert)]));
      expect(countOf(expected.values()), 'a recording in which much happens').toBeGreaterThan(many);
      // A restart that falls between two candles loses how the first one closed: candles tell it (back-check.test.ts).
      const isWithinMinute = (cut: number) =>
        Math.floor(ticks[cut]!.atMs / 60_000) === Math.floor(ticks[cut - 1]!.atMs / 60_000);
      const cuts = Array.from({ length: 8 }, () => between(random, [1, ticks.length - 1])).filter(
        isWithinMinute,
      );
      expect(cuts.length).toBeGreaterThan(2);
      for (const told of [cuts, ...(deep ? [[]] : [])].map((at) => runEngine(ticks, alerts, at)))
        for (const { id, ...alert } of alerts)
          expect(told.get(id) ?? [], `${seed}: ${JSON.stringify(alert)}`).toEqual(expected.get(id));
    },
    600_000,
  );
});

test('on random walks alerts equal the reference, wherever they are restarted', () => {
  const walk = fc.array(
    fc.record({
      step: fc.integer({ min: -4, max: 4 }),
      spread: fc.integer({ min: 0, max: 3 }),
      ms: fc.integer({ min: 0, max: 40_000 }),
    }),
    { minLength: 2, maxLength: 120 },
  );
  fc.assert(
    fc.property(walk, fc.string(), fc.array(fc.nat()), (moves, seed, cutSeeds) => {
      let [price, atMs] = [1_000, Date.parse('2026-01-05T09:00:00Z')];
      const ticks = moves.map(({ step, spread, ms }) => {
        price += step;
        atMs += ms;
        return { atMs, bid: (price / 10).toFixed(1), offer: ((price + spread) / 10).toFixed(1) };
      });
      const alerts = seededAlerts(seed, ticks, 12);
      const reference = createAlertReference(ticks);
      const cuts = cutSeeds
        .map((cut) => 1 + (cut % (ticks.length - 1)))
        .filter((cut) => Math.floor(ticks[cut]!.atMs / 60_000) === Math.floor(ticks[cut - 1]!.atMs / 60_000));
      const told = runEngine(ticks, alerts, cuts);
      for (const { id, ...alert } of alerts)
        expect(told.get(id) ?? [], JSON.stringify(alert)).toEqual(reference(alert));
    }),
    { numRuns: 300 },
  );
});

describe('small rules', () => {
  const at = Date.parse('2026-01-05T09:00:00Z');
  const alert = (condition: object, given: Partial<LiveAlert> = {}): LiveAlert => ({
    id: 'alert_1',
    condition: {
      kind: 'price',
      epic: alertEpic,
      feed: 'simulated',
      side: 'bid',
      direction: 'up',
      level: '1.1',
      ...condition,
    } as LiveAlert['condition'],
    repeat: 'every',
    rearmBand: '0',
    expiresAt: null,
    state: 'armed',
    firedCount: 0,
    ...given,
  });
  const quote = (bid: string | null, offer: string | null = bid, seconds = 0) => ({
    bid,
    offer,
    atMs: at + seconds * 1_000,
    receivedAtMs: at + seconds * 1_000,
  });
  const turns = (steps: readonly Step[]) => steps.map(({ turn, value }) => `${turn} ${value}`);

  test('an alert that is already true waits until it is not, and is told when it is again', () => {
    const engine = alertEngine();
    engine.add(alert({}, { state: 'waiting' }));
    const told = ['1.2', '1.1', '1.0999', '1.1'].map((price) => turns(engine.tick(alertEpic, quote(price))));
    expect(told).toEqual([[], [], ['armed 1.0999'], ['fired 1.1']]);
  });

  test('an alert that was told is armed again beyond its band only', () => {
    const engine = alertEngine();
    engine.add(alert({ level: '100' }, { rearmBand: '2' }));
    const told = ['100', '98', '101', '97.9', '100'].map((price) =>
      turns(engine.tick(alertEpic, quote(price))),
    );
    expect(told).toEqual([['fired 100'], [], [], ['armed 97.9'], ['fired 100']]);
  });

  test('mid is compared exactly, and a side without a price says nothing', () => {
    const engine = alertEngine();
    engine.add(alert({ side: 'mid', level: '1.00005' }));
    expect(turns(engine.tick(alertEpic, quote('1.0000', null)))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1.0000', '1.00009')))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1.0000', '1.0001')))).toEqual(['fired 1.00005']);
  });

  test('a price past its expiry does nothing to it, now and later, and leaves it to who checks what was missed', () => {
    const engine = alertEngine();
    engine.add(alert({}, { expiresAt: new Date(at + 1_000) }));
    for (const second of [1, 2]) {
      expect(turns(engine.tick(alertEpic, quote('1.2', '1.2', second)))).toEqual([]);
      expect(turns(engine.tick(alertEpic, quote('1.1', '1.1', second)))).toEqual([]);
    }
    expect([...engine.list()]).toMatchObject([{ state: 'armed', firedCount: 0 }]);
    engine.remove('alert_1');
    expect(engine.hasEpic(alertEpic)).toBe(false);
  });
  test('prices that came before a window was followed are part of it, each until the next', () => {
    const engine = alertEngine();
    const moving = { kind: 'move', percent: '5', windowSeconds: 60, direction: 'up' } as const;
    engine.add(alert({}, { id: 'another' })); // the market has a last price already
    engine.tick(alertEpic, quote('1.04', '1.04', 2));
    const condition = { ...alert({}).condition, ...moving } as MoveCondition;
    const seen = [
      quote('1.00', '1.00', 0),
      quote('1.02', '1.02', 1),
      quote('1.01', '1.01', 0),
      quote('1.04', '1.04', 2),
    ];
    expect(seenPrices(seen, 'bid').map(({ low, untilMs }) => [low, untilMs - at])).toEqual([
      ['1', 1_000],
      ['1.02', 2_000],
      ['1.04', Infinity],
    ]);
    engine.precede(condition, seenPrices(seen, 'bid'));
    engine.add({ ...alert({}), condition });
    expect(turns(engine.tick(alertEpic, quote('1.05', '1.05', 3)))).toEqual(['fired 5']);
    // Long after, nothing of it is left in the window.
    engine.add({ ...alert({}, { id: 'later' }), condition });
    const steps = engine.tick(alertEpic, quote('1.06', '1.06', 70));
    expect(steps.filter(({ turn }) => turn === 'fired')).toEqual([]);
  });

  test('a candle that nothing follows is closed by the clock, once, whatever comes late', () => {
    const engine = alertEngine();
    engine.add(alert({ kind: 'candle_close', resolution: 'MINUTE', zone: 'UTC' }, { repeat: 'every' }));
    engine.tick(alertEpic, quote('1.2', '1.2', 30));
    expect(turns(engine.passed(at + 60_000))).toEqual([]);
    expect(turns(engine.passed(at + 60_500))).toEqual(['fired 1.2']);
    expect(turns(engine.tick(alertEpic, quote('1', '1', 59.9)))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1', '1', 61)))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1', '1', 121)))).toEqual(['armed 1']);
  });

  test('what a candle closed with is not guessed where prices may be missing', () => {
    const engine = alertEngine();
    engine.add(alert({ kind: 'candle_close', resolution: 'MINUTE', zone: 'UTC' }));
    engine.tick(alertEpic, quote('1.2', '1.2', 30));
    engine.interrupt(null);
    expect(turns(engine.tick(alertEpic, quote('1.2', '1.2', 61)))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1.2', '1.2', 121)))).toEqual(['fired 1.2']);
  });

  test('a jump out of a long quiet time is a move of any window, and a drift while nothing was streamed is none', () => {
    const move = alert({ kind: 'move', percent: '1', windowSeconds: 60, direction: 'either' });
    const [quiet, gap] = [alertEngine(), alertEngine()];
    for (const engine of [quiet, gap]) {
      engine.add(move);
      engine.tick(alertEpic, quote('100'));
    }
    gap.interrupt([alertEpic]);
    expect(turns(quiet.tick(alertEpic, quote('99', '99', 7_200)))).toEqual(['fired 1']);
    expect(turns(gap.tick(alertEpic, quote('99', '99', 7_200)))).toEqual([]);
  });

  test('a new alert is told of what was quoted since it was made, though it is taken up later', () => {
    const engine = alertEngine();
    const spike = [quote('1.05'), quote('1.15'), quote('1.05')];
    expect(turns(engine.add(alert({}), spike))).toEqual(['fired 1.15', 'armed 1.05']);
  });

  test('an alert that is removed or replaced is told nothing more', () => {
    const engine = alertEngine();
    engine.add(alert({}));
    engine.add(alert({ level: '1.3' }));
    engine.add(alert({ level: '1.15' }, { id: 'alert_2' }));
    engine.remove('alert_2');
    expect(engine.tick(alertEpic, quote('1.2'))).toEqual([]);
    expect(turns(engine.tick(alertEpic, quote('1.3')))).toEqual(['fired 1.3']);
  });
});
