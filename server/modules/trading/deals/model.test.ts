// The rules of the order path, shown to be enough and each of them needed, on the model of one intent.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allRules, play, type Rules } from '../../../testing/model/model.ts';

const choices = fc.noBias(fc.array(fc.nat(209), { minLength: 10, maxLength: 60, size: 'max' }));
const runs = 3_000;
/** Enough to find a counterexample with every seed tried; the search ends at the first. */
const searches = 60_000;
const seed = Number(process.env['FTRADER_SEED'] ?? 20261123);

test(`at most one deal per intent, always decided, and as the broker decided it (seed ${seed})`, () => {
  let [worstMs, beyond] = [0, 0];
  fc.assert(
    fc.property(choices, (script) => {
      const { violations, story, decidedAfterMs, beyondAssumption } = play(allRules, script);
      expect(violations, story.join('\n')).toEqual([]);
      worstMs = Math.max(worstMs, decidedAfterMs ?? 0);
      beyond += Number(beyondAssumption);
    }),
    { numRuns: runs, seed },
  );
  console.info(
    `model: ${runs} intents, seed ${seed}, ${beyond} executed beyond the assumption, slowest decision ${worstMs} ms`,
  );
  expect(beyond).toBeGreaterThan(0);
  expect(worstMs).toBeLessThanOrEqual(65_000);
});

test.each(Object.keys(allRules) as (keyof Rules)[])('without the rule %s it does not hold', (rule) => {
  const found = fc.check(
    fc.property(choices, (script) => play({ ...allRules, [rule]: false }, script).violations.length === 0),
    { numRuns: searches, seed },
  );
  expect(found.failed, `no counterexample without ${rule} (seed ${seed}, ${found.numRuns} runs)`).toBe(true);
  const { violations, story } = play({ ...allRules, [rule]: false }, found.counterexample![0]);
  console.info(
    `without ${rule} (seed ${seed}, run ${found.numRuns}): ${violations[0]} · ${story.map((line) => line.trim()).join(' · ')}`,
  );
});
