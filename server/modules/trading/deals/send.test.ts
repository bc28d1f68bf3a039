// Sending when what waits for the verdict fails. What an answer proves is in dealing.test.ts.
import { expect, test } from 'vitest';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import type { DealRow, Verdict } from './life.ts';
import { createSender } from './send.ts';

test('a wait that fails, as without a database, fails its caller alone: the process lives and the answer is applied', async () => {
  const deal = build.deal({ status: 'submitting', dealReference: 'FT-1' }) as unknown as DealRow;
  const applied: Verdict[] = [];
  const deps: Partial<Record<keyof Parameters<typeof createSender>[0], unknown>> = {
    dealStore: { lock: async () => deal, saveAnswer: async () => undefined },
    inAccount: async (
      _account: object,
      work: (entry: object, current: DealRow) => Promise<unknown>,
      ahead: (tx: object) => Promise<DealRow>,
    ) => work({}, await ahead({})),
    acknowledge: async () => undefined, // the deal has moved on
    dealing: {},
    kinds: { open: { send: async () => ({ kind: 'submitted', dealReference: 'FT-1' }) } },
    settle: async (_entry: object, row: DealRow, verdict: Verdict) => (applied.push(verdict), row),
    decisions: { untilDecided: async () => Promise.reject(new Error('the database is away')) },
    clock: createManualClock(),
    logger: silentLogger,
  };
  const sender = createSender(deps as unknown as Parameters<typeof createSender>[0]);
  const admitted = { deal, haltEpoch: 0, admittedMs: 0, toldAs: '1' };
  await expect(sender.send(build.account(), admitted, 1_000)).rejects.toThrow('the database is away');
  await sender.settled();
  expect(applied).toEqual([{ status: 'submitted', dealReference: 'FT-1' }]);
});
