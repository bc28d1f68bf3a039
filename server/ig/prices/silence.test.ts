import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { defaultGatewayLimits } from '../limits.ts';
import { createSilence } from './silence.ts';

function arrange(gapMs: number, updates = 30) {
  const clock = createManualClock();
  const silence = createSilence({ clock, limits: defaultGatewayLimits });
  for (let i = 0; i < updates; i++) {
    silence.heard('one');
    if (i < updates - 1) clock.advance(gapMs);
  }
  /** How long it is silent until it is asked about. */
  const silentMs = () => {
    let ms = 0;
    for (; silence.due().length === 0; ms += 500) clock.advance(500);
    return ms;
  };
  return { clock, silence, silentMs };
}

test.each([
  ['a market of many updates a second', 100, 15_000],
  ['one of an update every four seconds', 4_000, 20_000],
  ['one of an update every minute', 60_000, 120_000],
])('%s is asked about after 5 of its own median gaps, within 15 s to 120 s', (_what, gapMs, silentMs) => {
  expect(arrange(gapMs).silentMs()).toBe(silentMs);
});

test('a market whose pace is not known yet is left alone the longest', () => {
  expect(arrange(100, 3).silentMs()).toBe(120_000);
});

test('one that is merely quiet is asked about ever more rarely, until it speaks', () => {
  const { clock, silence, silentMs } = arrange(100);
  const waits = Array.from({ length: 5 }, () => {
    const ms = silentMs();
    silence.isQuiet('one');
    return ms;
  });
  expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 120_000]);
  silence.heard('one');
  for (let i = 0; i < 20; i++) {
    clock.advance(100);
    silence.heard('one');
  }
  expect(silentMs()).toBe(15_000);
});

test('what a new connection was silent before it is not held against it; one that is dropped is forgotten', () => {
  const { clock, silence, silentMs } = arrange(100);
  clock.advance(14_000);
  silence.begin();
  expect(silentMs()).toBe(15_000);
  silence.forget('one');
  clock.advance(600_000);
  expect(silence.due()).toEqual([]);
});
