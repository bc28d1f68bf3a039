// Where acceptance tests run: groups of steps, one after another, on an installation that is started once for all of them.
import { afterAll, beforeAll, describe } from 'vitest';
import type { Installation } from './installation.ts';
import { createTrader, type Trader } from './trader.ts';

export interface Bench<I extends Installation = Installation> {
  installation(): I;
  /** Asked for while tests are defined; signed up before the group that asks runs. */
  trader(name: string): () => Trader;
  /** Whoever has traded so far. */
  traders(): readonly Trader[];
}
/** Defines the tests of a group. Whoever deals in it is a trader of its own, so that each group runs alone as well. */
export type Steps<I extends Installation = Installation> = (bench: Bench<I>) => void;

/** Six processes start, on a machine that does other things as well. */
const startTimeoutMs = 240_000;
/** Of a step, which waits for what the broker takes its time for: it answers a request that it dropped never, and is given up after 8 s. */
const stepTimeoutMs = 120_000;

/** Runs the groups, by their theme, in their order. */
export function onInstallation<I extends Installation>(
  name: string,
  start: () => Promise<I>,
  groups: Record<string, Steps<I>>,
): void {
  describe(name, { timeout: stepTimeoutMs }, () => {
    let installation: I | undefined;
    const traders: Trader[] = [];
    beforeAll(async () => {
      installation = await start();
    }, startTimeoutMs);
    afterAll(async () => {
      for (const trader of traders) await trader[Symbol.asyncDispose]();
      await installation?.[Symbol.asyncDispose]();
    }, startTimeoutMs);
    const bench: Bench<I> = {
      installation: () => installation!,
      traders: () => traders,
      trader(who) {
        let trader: Trader | undefined;
        beforeAll(async () => {
          trader = await createTrader(installation!, who);
          traders.push(trader);
        }, stepTimeoutMs);
        return () => trader!;
      },
    };
    for (const [theme, steps] of Object.entries(groups)) describe(theme, () => steps(bench));
  });
}
