// Dealing on an account whose broker is away: no new risk, closes are tried, what is shown says how old it is.
import { expect, test } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { failure } from '../../../testing/failure.ts';
import { openedPosition, tradingRig } from '../../../testing/trading-rig.ts';
import type { FoundHealth } from '../../accounts/ports.ts';

const away = (state: 'degraded' | 'read_only' | 'offline'): FoundHealth => ({
  state,
  message: 'It is away.',
  brokerCode: null,
});
const rigWith = async () => {
  const rig = await tradingRig();
  return {
    ...rig,
    report: (found: FoundHealth) => rig.accounts.reportHealth(rig.accountId, found, { epoch: 1 }),
  };
};

test.each(['read_only', 'offline'] as const)(
  'where an account is %s an opening is denied with the state and since when, and nothing is sent; a close is tried',
  async (state) => {
    await using rig = await rigWith();
    const dealId = await openedPosition(rig);
    const sent = rig.venue.requests.length;
    await rig.report(away(state));
    const since = rig.clock.now();
    rig.clock.advance(30_000);
    const denied = await rig.as().openPosition(rig.order({ idempotencyKey: 'while-away-0001' }));
    expect(denied).toMatchObject({
      status: 'denied',
      reason: { code: 'account_unavailable', state, since },
    });
    expect(denied.reason!.message).toContain('Closes are still tried');
    expect(rig.venue.requests).toHaveLength(sent);
    const close = rig.close(dealId);
    expect(await rig.as().closePosition(close)).not.toMatchObject({ status: 'denied' });
    expect(rig.venue.requests).toHaveLength(sent + 1);
    await rig.report({ state: 'up' });
    expect(await rig.as().openPosition(rig.order())).not.toMatchObject({ status: 'denied' });
  },
);

test('an account without its stream deals, and what nobody finds any more denies nothing', async () => {
  await using rig = await rigWith();
  await rig.report(away('degraded'));
  expect(await rig.as().openPosition(rig.order())).not.toMatchObject({ status: 'denied' });
  await rig.report(away('offline'));
  rig.clock.advance(61_000);
  expect(await rig.as().openPosition(rig.order())).not.toMatchObject({ status: 'denied' });
});

test('positions and figures are shown while the broker is away, as of the moment since when', async () => {
  await using rig = await rigWith();
  await openedPosition(rig);
  const { accountId } = rig;
  expect(await rig.as().summary({ accountId })).toMatchObject({ asOf: rig.clock.now() });
  rig.clock.advance(1_000);
  await rig.report(away('offline'));
  const since = rig.clock.now();
  rig.clock.advance(600_000);
  expect(await rig.as().summary({ accountId })).toMatchObject({ asOf: since, stale: true });
  const { positions, asOf } = await rig.as().listPositions({ accountId });
  expect(positions).toHaveLength(1);
  expect(asOf).toEqual(since);
});

test('an opening whose price cannot be had because the broker is away is denied for that, with its row', async () => {
  await using rig = await rigWith();
  await rig.report(away('offline'));
  rig.prices.quote = new AppError('broker.unavailable');
  const denied = await rig.as().openPosition(rig.order());
  expect(denied).toMatchObject({ status: 'denied', reason: { code: 'account_unavailable' } });
  expect(rig.venue.requests).toEqual([]);
  await rig.report({ state: 'up' });
  expect(await failure(rig.as().openPosition(rig.order()))).toMatchObject({ code: 'broker.unavailable' });
});
