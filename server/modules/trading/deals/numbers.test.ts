// Numbers of any length in any field of an order: answered, and whatever was stored of them can be shown for ever.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { httpStatusOf, toAppError } from '../../../trpc/errors.ts';

const seed = 20261129;
const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom(...'0123456789'), { minLength: min, maxLength: max }).map((list) => list.join(''));
/** 1 to 41 digits, with or without a point. */
const number = fc.oneof(
  digits(1, 41),
  fc.tuple(digits(1, 20), digits(1, 21)).map(([whole, part]) => `${whole}.${part}`),
  fc.constantFrom(1, 2, 15, 16, 38, 39, 40, 41).map((length) => '9'.repeat(length)),
);
const optional = fc.option(number, { nil: undefined });
const levels = fc.oneof(
  fc.constant({}),
  fc.record({
    stopLevel: optional,
    stopDistancePoints: optional,
    limitLevel: optional,
    limitDistancePoints: optional,
  }),
);

/** The HTTP status of a call. */
const statusOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 200,
    (error: unknown) => httpStatusOf(toAppError(error).code),
  );
async function expectListsToWork(rig: TradingRig) {
  const [deals, positions] = await Promise.all([
    rig.as().listDeals({ limit: 500 }),
    rig.as().listPositions({ limit: 500 }),
    rig.as().summary({}),
  ]);
  expect([deals.hidden, positions.hidden]).toEqual([undefined, undefined]);
  return deals.deals;
}

test('an order of numbers of 1 to 41 digits in any field is answered below 500, and every list works afterwards', async () => {
  await using rig = await tradingRig();
  let key = 0;
  await fc.assert(
    fc.asyncProperty(number, levels, fc.constantFrom('BUY', 'SELL'), async (size, at, direction) => {
      const given = Object.fromEntries(Object.entries(at).filter(([, value]) => value !== undefined));
      const order = {
        ...rig.order(),
        ...given,
        size,
        direction,
        idempotencyKey: `number-${++key}-of-a-test`,
      };
      expect(await statusOf(rig.as().openPosition(order as never)), JSON.stringify(order)).toBeLessThan(500);
      await expectListsToWork(rig);
    }),
    { numRuns: 60, seed },
  );
});

test('a part to close, of 1 to 41 digits, is answered below 500, and every list works afterwards', async () => {
  await using rig = await tradingRig();
  const opened = await rig.as().openPosition(rig.order());
  await rig.applyConfirm();
  const { dealId } = rig.venue.confirms.get(opened.dealReference!)!;
  let key = 0;
  await fc.assert(
    fc.asyncProperty(number, async (size) => {
      const close = { ...rig.close(dealId!), size, idempotencyKey: `part-${++key}-of-a-test` };
      expect(await statusOf(rig.as().closePosition(close as never)), size).toBeLessThan(500);
      await expectListsToWork(rig);
    }),
    { numRuns: 40, seed },
  );
});

test('the largest order that is taken in is denied with its margin, and shown', async () => {
  await using rig = await tradingRig();
  const size = '999999999999999';
  const { id, reason } = await rig.as().openPosition({ ...rig.order(), size });
  expect(reason).toMatchObject({ code: 'insufficient_funds' });
  expect((await expectListsToWork(rig)).map((deal) => deal.id)).toEqual([id]);
  const [tooLong, refused] = [{ ...rig.order(), size: `1${size}` }, httpStatusOf('request.invalid')];
  expect(await statusOf(rig.as().openPosition(tooLong))).toBe(refused);
});

test('a deal that was denied with a longer number before there was a bound is shown among the others, and one that cannot be hides none', async () => {
  await using rig = await tradingRig();
  const first = await rig.as().openPosition(rig.order({ size: '1000000' }));
  rig.clock.advance(1);
  const second = await rig.as().openPosition(rig.order({ idempotencyKey: 'another-order-of-a-test' }));
  const store = (reason: object) =>
    rig.database.pool.query('update deals set reason = $1 where id = $2', [JSON.stringify(reason), first.id]);
  const required = '9'.repeat(46);
  await store({ code: 'insufficient_funds', required, available: '1' });
  expect(await expectListsToWork(rig)).toMatchObject([{ id: second.id }, { reason: { required } }]);
  await store({ code: 'a reason of a later version' });
  const { deals, hidden } = await rig.as().listDeals({});
  expect([deals.map(({ id }) => id), hidden]).toEqual([[second.id], [first.id]]);
});
