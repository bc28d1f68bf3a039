// The rules of the order path, shown to be enough and each of them needed, on the model of intents of every kind. Deep form: npm run test:deep.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DealKindName } from '../../../../shared/trading.ts';
import { play } from '../../../testing/model/model.ts';
import { neededBy } from '../../../testing/model/needs.ts';
import { allRules, type Rules } from '../../../testing/model/rules.ts';
import { scenarios } from '../../../testing/model/scenarios.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const choices = fc.noBias(fc.array(fc.nat(209), { minLength: 10, maxLength: 70, size: 'max' }));
const runs = deep ? 100_000 : 500;
/** Enough to find a counterexample with every seed tried; the search ends at the first. */
const searches = 60_000;
const seed = Number(process.env['FTRADER_SEED'] ?? 20261123);
const kinds = Object.keys(scenarios) as DealKindName[];
/** From when nothing stands in the way: the process is up, the connection closed, the broker answers. */
const decidedWithinMs = 60_000;
/** They take thousands of runs: the deep form looks for what breaks without them. */
const rare: readonly string[] = ['evidenceAfter', 'listsAreOlder'] satisfies (keyof Rules)[];
/** In the short form each rule is taken away from one of the kinds that need it; which one, the seed says. */
const without = Object.entries(neededBy).flatMap(([rule, needing]) =>
  !deep && rare.includes(rule)
    ? []
    : (deep ? needing : [needing[seed % needing.length]!]).map(
        (kind) => [rule as keyof Rules, kind] as const,
      ),
);

describe.each(kinds)('%s', (kind) => {
  test(
    `at most one deal per intent, none of which turns a position over, decided within 60 s of the broker being reachable, and as the broker decided it (seed ${seed})`,
    { timeout: deep ? 900_000 : 60_000 },
    () => {
      let [worstMs, worst, beyond] = [0, '', 0];
      fc.assert(
        fc.property(choices, (script) => {
          const { violations, story, decidedAfterMs, beyondAssumption } = play(allRules, script, kind);
          expect(violations, story.join('\n')).toEqual([]);
          if ((decidedAfterMs ?? 0) > worstMs) [worstMs, worst] = [decidedAfterMs!, story.join('\n')];
          beyond += Number(beyondAssumption);
        }),
        { numRuns: runs, seed },
      );
      console.info(
        `model, ${kind}: ${runs} runs, seed ${seed}, ${beyond} executed beyond the assumption, slowest decision ${worstMs} ms`,
      );
      expect(beyond).toBeGreaterThan(0);
      expect(worstMs, worst).toBeLessThanOrEqual(decidedWithinMs);
    },
  );
});

test.each(without)('without the rule %s it does not hold for %s', { timeout: 300_000 }, (rule, kind) => {
  const found = fc.check(
    fc.property(choices, (script) => {
      const { violations } = play({ ...allRules, [rule]: false }, script, kind);
      return violations.length === 0;
    }),
    // In the deep form it is shrunk to what is needed.
    { numRuns: searches, seed, endOnFailure: !deep },
  );
  expect(found.failed, `no counterexample without ${rule} (seed ${seed}, ${found.numRuns} runs)`).toBe(true);
  const { violations, story } = play({ ...allRules, [rule]: false }, found.counterexample![0], kind);
  console.info(
    `${kind} without ${rule} (seed ${seed}, run ${found.numRuns}): ${violations[0]} · ${story.map((line) => line.trim()).join(' · ')}`,
  );
});
