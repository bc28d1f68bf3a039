// Interest that lasts, as the gateway's own table counts it; time is the test's.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { defaultGatewayLimits } from '../ig/limits.ts';
import { createInterestTable } from '../ig/prices/interest.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { testBus } from '../testing/price-rig.ts';
import { createStandingInterest } from './standing-interest.ts';

const { interestLapseMs, interestLingerMs } = defaultGatewayLimits;
const [a, b, c] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP', 'IX.D.FTSE.CFD.IP'] as const;

async function arrange() {
  const clock = createManualClock();
  const bus = testBus(clock);
  onTestFinished(() => bus.close());
  const table = createInterestTable({ clock, limits: defaultGatewayLimits });
  const interest = await bus.subscribe('interest', (message) => void table.update(message));
  await interest.setKeys(['demo']);
  return {
    standing: createStandingInterest({ bus, clock, source: 'taps', class: 'alerts' }),
    table,
    /** Second by second, so that what is published meanwhile arrives in time. */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000);
        await turn();
        table.wanted();
      }
    },
  };
}

test('what is wanted is wanted at once and far beyond the lapse, until it is released', async () => {
  const { standing, table, pass } = await arrange();
  const release = standing.want('demo', [a]);
  await turn();
  expect(table.wanted()).toEqual([a]);
  await pass(10 * interestLapseMs);
  expect(table.wanted()).toEqual([a]);
  release();
  await pass(interestLingerMs);
  expect(table.wanted()).toEqual([]);
});

test('wants of one feed add up, each released alone; other feeds are told apart', async () => {
  const { standing, table, pass } = await arrange();
  const releaseFirst = standing.want('demo', [a, b]);
  standing.want('demo', [b]);
  standing.want('live', [c]);
  await pass(2 * interestLapseMs);
  expect(table.wanted()).toEqual([a, b]);
  releaseFirst();
  releaseFirst();
  await pass(2 * interestLapseMs);
  expect(table.wanted()).toEqual([b]);
});

test('closed, it wants nothing more and repeats nothing', async () => {
  const { standing, table, pass } = await arrange();
  standing.want('demo', [a]);
  await pass(interestLapseMs);
  standing.close();
  await pass(interestLingerMs);
  expect(table.wanted()).toEqual([]);
});
