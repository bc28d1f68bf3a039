// What every broker behind trading's ports promises when things go wrong, where failures are to be had: IG's simulator, and the tests' venue.
import { describe, expect, test } from 'vitest';
import type { DealAnswer } from '../modules/trading/ports.ts';
import * as build from './build.ts';
import { dealer, type BreakableBench, type DealingBench } from './dealer.ts';

/** What can only be shown where failures are to be had. */
export function brokenDealingContract(name: string, open: () => Promise<BreakableBench>) {
  const promise = (
    title: string,
    body: (at: ReturnType<typeof dealer>, bench: BreakableBench) => Promise<void>,
  ) =>
    test(title, async () => {
      await using bench = await open();
      await body(dealer(bench), bench);
    });

  describe(`${name}: when things go wrong`, () => {
    for (const booked of [true, false]) {
      const end = booked ? 'booked' : 'not booked';
      promise(
        `an opening whose answer is lost is unknown, its connection closed, and ${end}`,
        async (at, bench) => {
          bench.loseAnswer(booked);
          const order = at.order();
          await expectUnknown(bench, at.send(order));
          if (!booked) return at.expectNothing(order.dealReference);
          expect(await at.confirmOf(order.dealReference)).toMatchObject({ status: 'accepted' });
          expect(await at.positions()).toMatchObject([{ dealReference: order.dealReference }]);
        },
      );
      promise(
        `a close whose answer is lost is unknown, its connection closed, and ${end}`,
        async (at, bench) => {
          const { dealId } = await at.open();
          bench.loseAnswer(booked);
          await expectUnknown(bench, at.sendClose(build.closeRequest({ dealId })));
          expect((await at.positions()).map((position) => position.dealId)).toEqual(booked ? [] : [dealId]);
          const closings = (await at.history()).filter(({ actions }) =>
            actions.some((each) => each.action === 'closed' && each.dealId === dealId),
          );
          expect(closings).toHaveLength(Number(booked));
        },
      );
    }
    promise('in a closed market opening and closing are submitted, and rejected', async (at, bench) => {
      const { dealId } = await at.open();
      bench.closeMarket();
      const order = at.order();
      expect(await at.send(order)).toMatchObject({ kind: 'submitted' });
      await at.expectRejected(order.dealReference, 'MARKET_CLOSED');
      const answer = await at.sendClose(build.closeRequest({ dealId }));
      expect(answer).toMatchObject({ kind: 'submitted' });
      const { dealReference } = answer as Extract<DealAnswer, { kind: 'submitted' }>;
      await at.expectRejected(dealReference, 'MARKET_CLOSED');
      expect(await at.positions()).toMatchObject([{ dealId, size: '1' }]);
    });
    promise(
      'a broker that is not there is sent nothing, and nobody is asked for permission',
      async (at, bench) => {
        const { dealId } = await at.open();
        await bench.goAway();
        let asked = 0;
        const options = { mayStillSend: async () => ++asked > 0 };
        const expected = { kind: 'not_sent', reason: 'unreachable', detail: expect.any(String) };
        expect(await at.dealing.send(at.account, at.order(), options)).toEqual(expected);
        expect(await at.dealing.send(at.account, build.closeRequest({ dealId }), options)).toEqual(expected);
        expect(asked).toBe(0);
      },
    );
    promise('a broker that is not there has no empty books: every read of them fails', async (at, bench) => {
      const { dealReference } = await at.open();
      await bench.goAway();
      for (const read of [
        () => at.positions(),
        () => at.history(),
        () => at.funds(),
        () => at.evidence.confirm(at.account, dealReference),
      ]) {
        const failure = await whileTimePasses(
          bench,
          read().then(
            () => expect.unreachable('it should have failed'),
            (error: unknown) => error,
          ),
        );
        expect(failure).toMatchObject({ code: expect.stringMatching(/^broker\./) });
      }
    });
  });
}

async function expectUnknown({ clock }: DealingBench, sending: Promise<DealAnswer>): Promise<void> {
  const before = clock.now();
  const answer = await sending;
  expect(answer).toEqual({ kind: 'unknown', detail: expect.any(String), closedAt: expect.any(Date) });
  const { closedAt } = answer as Extract<DealAnswer, { kind: 'unknown' }>;
  expect(closedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(closedAt.getTime()).toBeLessThanOrEqual(clock.now().getTime());
}

/** The end of work that waits for time to pass. */
async function whileTimePasses<T>(bench: DealingBench, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => void (ended = true);
  work.then(end, end);
  while (!ended) await bench.pass(100);
  return work;
}
