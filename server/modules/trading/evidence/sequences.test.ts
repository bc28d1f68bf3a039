// Whatever a broker tells of an account, in whatever order, doubled, late or not at all: what is known here in the end is what is in its books.
// Deep form, a million sequences: npm run test:deep.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { databaseWorld } from '../../../testing/sequences/database-world.ts';
import { createHistory } from '../../../testing/sequences/history.ts';
import { memoryWorld } from '../../../testing/sequences/memory-world.ts';
import { endOf, evidenceOf, rowsOf, tellHistory } from '../../../testing/sequences/play.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const seed = Number(process.env['FTRADER_SEED'] ?? 20261123);
/** In memory, and of these on the database as well. */
const runs = Number(process.env['FTRADER_SEQUENCES'] ?? (deep ? 1_000_000 : 400));
const onDatabase = deep ? 2_000 : 12;
/** Each history is told in so many orders. */
const orders = 2;

const numbers = (least: number, most: number) =>
  fc.noBias(fc.array(fc.nat(839), { minLength: least, maxLength: most, size: 'max' }));
const steps = fc.integer({ min: 2, max: 9 });
const happenings = numbers(30, 90);
const tellings = numbers(20, 160);

test(
  `sequences of events in any order, doubled, late and with losses end as the broker’s books say, the same whatever the order (seed ${seed})`,
  { timeout: deep ? 10_800_000 : 60_000 },
  async () => {
    let events = 0;
    const began = performance.now();
    await fc.assert(
      fc.asyncProperty(
        happenings,
        steps,
        fc.array(tellings, { minLength: orders, maxLength: orders }),
        async (happened, length, orderings) => {
          const history = createHistory(happened, length);
          const ends = new Set<string>();
          for (const choices of orderings) {
            const clock = createManualClock(history.date(0));
            const lag = { ms: 0 };
            const world = memoryWorld(
              clock,
              evidenceOf(history, clock, () => lag.ms),
            );
            const { problems, story } = await tellHistory(history, { world, clock, choices, lag });
            events += history.told.length;
            expect(problems, story.join('\n')).toEqual([]);
            ends.add(endOf(await world.state()));
          }
          expect(ends.size, [...ends].join('\n')).toBe(1);
        },
      ),
      { numRuns: Math.ceil(runs / orders), seed },
    );
    const perSecond = Math.round((runs / (performance.now() - began)) * 1_000);
    console.info(`sequences: ${runs}, seed ${seed}, ${events} events, ${perSecond} a second`);
  },
);

test(
  `on the real database they end as in memory, the same sequences in the same words (seed ${seed})`,
  { timeout: deep ? 3_600_000 : 60_000 },
  async () => {
    await using rig = await tradingRig();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(happenings, steps, tellings, async (happened, length, choices) => {
        const lag = { ms: 0 };
        const name = `s${++n}`;
        // The broker's first instant is a whole second.
        rig.clock.advance(3_600_000 - (rig.clock.now().getTime() % 1_000));
        const start = rig.clock.now();
        const rows: string[] = [];
        for (const isReal of [true, false]) {
          const clock = isReal ? rig.clock : createManualClock(start);
          const history = createHistory(happened, length, start);
          const evidence = evidenceOf(history, clock, () => lag.ms);
          const world = isReal ? await databaseWorld(rig, name, evidence) : memoryWorld(clock, evidence);
          const { problems, story } = await tellHistory(history, { world, clock, choices, lag });
          expect(problems, story.join('\n')).toEqual([]);
          rows.push(rowsOf(await world.state()));
        }
        expect(rows[0]).toBe(rows[1]);
      }),
      { numRuns: onDatabase, seed },
    );
    console.info(`sequences on the database: ${n}, seed ${seed}`);
  },
);
