import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { TickMessage } from '../../../messaging/index.ts';
import { describeWith } from '../../../testing/requires.ts';
import { createCandleBuilder, quietAfterMs, type BuiltCandle } from './builder.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const at = (text: string) => Date.parse(`2026-01-05T${text}Z`);
const tick = (atMs: number, bid: string | null, offer: string | null = null): TickMessage => ({
  feed: 'simulated',
  epic,
  seq: 1,
  bid,
  offer,
  high: null,
  low: null,
  netChange: null,
  netChangePct: null,
  marketState: 'tradeable',
  at: new Date(atMs).toISOString(),
  receivedAt: new Date(atMs).toISOString(),
});
const minutes = (candles: readonly BuiltCandle[]) =>
  candles.filter(({ resolution }) => resolution === 'MINUTE');

describe('a candle from ticks', () => {
  /** Streamed since 10:00:59, with a tick there. */
  function streaming() {
    const builder = createCandleBuilder();
    builder.add(tick(at('10:00:59'), '1.00', '1.10'), at('10:00:59'));
    return builder;
  }

  test('has open, high, low and close of each side in the venue’s text, and how many ticks there were', () => {
    const builder = streaming();
    for (const [time, bid, offer] of [
      ['10:01:00', '1.30', null],
      ['10:01:10', '1.50', '1.60'],
      ['10:01:20', '1.2', '1.70'],
      ['10:01:59.999', '1.40', '1.65'],
    ] as const)
      builder.add(tick(at(time), bid, offer), at(time));
    const [, minute] = minutes(builder.take(at('10:02:00')).candles);
    expect(minute).toEqual({
      resolution: 'MINUTE',
      startMs: at('10:01:00'),
      open: { bid: '1.30', offer: '1.60' },
      high: { bid: '1.50', offer: '1.70' },
      low: { bid: '1.2', offer: '1.60' },
      close: { bid: '1.40', offer: '1.65' },
      ticks: 4,
      complete: true,
      revision: 0,
    });
  });

  test('is not complete when streaming began in it, and is given once a change', () => {
    const builder = streaming();
    expect(minutes(builder.take(at('10:00:59.5')).candles)).toMatchObject([{ ticks: 1, complete: false }]);
    expect(minutes(builder.take(at('10:00:59.9')).candles)).toEqual([]);
    expect(minutes(builder.take(at('10:01:00')).candles)).toMatchObject([{ ticks: 1, complete: false }]);
    expect(minutes(builder.take(at('10:01:01')).candles)).toEqual([]);
  });

  test('is changed by a late tick, which is a revision; a later one is left out', () => {
    const builder = streaming();
    builder.add(tick(at('10:01:30'), '1.00'), at('10:01:30'));
    builder.add(tick(at('10:02:00'), '9.00'), at('10:02:00'));
    expect(minutes(builder.take(at('10:02:01')).candles)[1]).toMatchObject({ complete: true, revision: 0 });
    expect(builder.add(tick(at('10:01:10'), '2.00'), at('10:02:02'))).toBe(true);
    expect(minutes(builder.take(at('10:02:02')).candles)).toMatchObject([
      {
        open: { bid: '2.00' },
        high: { bid: '2.00' },
        close: { bid: '1.00' },
        ticks: 2,
        complete: true,
        revision: 1,
      },
    ]);
    expect(builder.add(tick(at('10:01:11'), '3.00'), at('10:06:11'))).toBe(false);
    expect(builder.add(tick(at('10:08:00'), '3.00'), at('10:06:12'))).toBe(false);
  });

  test('after an interruption is whole no more, nor is one taken for whole since the last tick', () => {
    const builder = streaming();
    builder.add(tick(at('10:01:30'), '1.00'), at('10:01:30'));
    expect(minutes(builder.take(at('10:02:00')).candles)[1]).toMatchObject({ complete: true });
    builder.interrupt();
    expect(minutes(builder.take(at('10:02:05')).candles)).toMatchObject([{ complete: false, revision: 1 }]);
    builder.add(tick(at('10:02:30'), '1.00'), at('10:02:30'));
    builder.add(tick(at('10:03:30'), '1.00'), at('10:03:30'));
    expect(minutes(builder.take(at('10:04:00')).candles)).toMatchObject([
      { startMs: at('10:02:00'), complete: false },
      { startMs: at('10:03:00'), complete: true },
    ]);
  });

  test('the price that a subscription begins with again is not counted twice', () => {
    const builder = streaming();
    builder.interrupt();
    builder.add(tick(at('10:00:59'), '1.00', '1.10'), at('10:01:20'));
    expect(minutes(builder.take(at('10:01:21')).candles)).toMatchObject([{ ticks: 1 }]);
  });
});

describe('what was seen', () => {
  test('reaches to the last tick, in whole candles, and is told once', () => {
    const builder = createCandleBuilder();
    builder.add(tick(at('10:00:30.200'), '1'), at('10:00:30.200'));
    builder.add(tick(at('10:02:10'), '1'), at('10:02:10'));
    expect(builder.take(at('10:02:59')).seen).toEqual([
      { resolution: 'SECOND', startMs: at('10:00:31'), endMs: at('10:02:00') },
      { resolution: 'MINUTE', startMs: at('10:01:00'), endMs: at('10:02:00') },
    ]);
    expect(builder.take(at('10:03:00')).seen).toEqual([]);
  });

  test('a market without ticks was quiet once its stream would have been found stuck', () => {
    const builder = createCandleBuilder();
    builder.add(tick(at('10:00:00'), '1'), at('10:00:00'));
    const quietMs = at('10:01:00') + quietAfterMs;
    expect(builder.take(quietMs - 1).seen).toEqual([]);
    expect(builder.take(quietMs).seen).toMatchObject([{ resolution: 'SECOND' }, { resolution: 'MINUTE' }]);
    builder.interrupt();
    expect(builder.take(quietMs + 600_000).seen).toEqual([]);
  });
});

await describeWith('data', 'a recorded week', (folder) => {
  const lines = (name: string) =>
    gunzipSync(readFileSync(path.join(folder, name)))
      .toString('utf8')
      .trim()
      .split('\n')
      .slice(1);

  test('of 248,039 ticks makes all 6,967 minutes that were published of it', () => {
    const builder = createCandleBuilder();
    const built = new Map<number, BuiltCandle>();
    let nowMs = 0;
    for (const line of lines('ticks/EURUSD_oanda_2014-05-04_2014-05-09.csv.gz')) {
      const [time, bid, ask] = line.split(',');
      const atMs = Date.parse(time!);
      if (Math.floor(atMs / 60_000) > Math.floor(nowMs / 60_000))
        for (const candle of minutes(builder.take(atMs).candles)) built.set(candle.startMs, candle);
      nowMs = atMs;
      builder.add(tick(atMs, bid!, ask!), atMs);
    }
    for (const candle of minutes(builder.take(nowMs + 60_000).candles)) built.set(candle.startMs, candle);
    const same = lines('minute/EURUSD_oanda_2014-05-01_2014-05-09_bidask.csv.gz').filter((line) => {
      const [time, ...prices] = line.split(',');
      const candle = built.get(Date.parse(time!));
      if (!candle) return false;
      const { open, high, low, close } = candle;
      const ours = (['bid', 'offer'] as const).flatMap((side) =>
        [open, high, low, close].map((price) => Number(price[side])),
      );
      expect(ours, time).toEqual(prices.map(Number));
      return true;
    });
    expect([built.size, same.length]).toEqual([6_967, 6_967]);
  });
});
