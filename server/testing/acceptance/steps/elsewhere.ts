// What another program or the broker itself does on the account: it appears here, by the stream or by reconciliation.
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { closingOrder } from '../../ig-caller.ts';
import type { Steps } from '../bench.ts';
import { epic, point, type Trader } from '../trader.ts';

/** The broker's stream says 1, its lists 1.0: whichever told of it first. */
const oneAsTold = expect.stringMatching(/^1(\.0)?$/);
/** Nobody else deals in it: its price jumps for a moment. */
const jumpy = 'CS.D.GBPUSD.CFD.IP';

export const elsewhereSteps: Steps = ({ trader, installation }) => {
  const eve = trader('eve');
  /** Opened by another program with her login; its id at the broker, by the confirm. */
  async function openedElsewhere({ ig }: Trader): Promise<string> {
    const { body } = await ig.open();
    const confirm = await ig.read(`/confirms/${body.dealReference}`);
    expect(confirm.body).toMatchObject({ dealStatus: 'ACCEPTED' });
    return confirm.body.dealId;
  }

  test('a position opened elsewhere is told and listed as external, and so is its end', async () => {
    const { ig, told, here, elsewhere, account } = eve();
    const { id: accountId, environment } = account;
    await told.event('position.opened', { dealId: (await eve().open()).dealId! }); // its stream is open
    const dealId = await openedElsewhere(eve());
    expect(await told.event('position.opened', { dealId })).toMatchObject({
      accountId,
      environment,
      data: { source: 'external', epic, size: oneAsTold },
    });
    for (const { api } of [here, elsewhere])
      expect((await api.trading.listPositions.query({ accountId })).positions).toContainEqual(
        expect.objectContaining({
          dealId,
          source: 'external',
          environment,
          direction: 'BUY',
          size: oneAsTold,
        }),
      );
    await ig.close(closingOrder(dealId));
    await told.event('position.closed', { dealId, source: 'external' });
  });

  test('what was opened elsewhere is closed from here', async () => {
    const { close, told, books, elsewhere } = eve();
    const dealId = await openedElsewhere(eve());
    await told.event('position.opened', { dealId });
    expect(await close(dealId, {}, elsewhere)).toMatchObject({ status: 'accepted', dealId });
    await told.event('position.closed', { dealId });
    expect((await books()).closes[dealId]).toEqual({ closedSize: '1', count: 1 });
  });

  test('a stop that the market reaches closes our position: told with the level it was filled at, and as the cash it cost', async () => {
    const { open, told, books, account } = eve();
    const { dealId, stopLevel } = await open({ epic: jumpy, stopDistancePoints: '30' });
    const { cash } = await books();
    // It stays until the stop is hit: a quote from before the opening triggers nothing, and the next may take a while.
    await installation().simulator.setFaults([{ name: 'price-gap', epic: jumpy, points: -60 }]);
    const { data } = await told.event('position.closed', { dealId: dealId! });
    await installation().simulator.setFaults([]);
    expect(data).toMatchObject({ accountId: account.id, epic: jumpy, closedSize: '1' });
    const slipped = decimal.subtract(stopLevel!, data.closeLevel!);
    expect(decimal.compare(slipped, '0'), `filled at ${data.closeLevel}`).toBeGreaterThanOrEqual(0);
    expect(decimal.compare(slipped, decimal.multiply('60', point))).toBeLessThan(0);
    const booked = await books();
    expect(decimal.compare(booked.cash, cash)).toBeLessThan(0);
    await told.event('cash.changed', { cash: decimal.canonical(booked.cash) });
    expect(booked.positions.map((position) => position.dealId)).not.toContain(dealId);
  });

  test('what happened while the stream was mute is found by the reconciliation that follows it', async () => {
    const { faults, told, books } = eve();
    await faults({ name: 'mute' });
    const dealId = await openedElsewhere(eve());
    expect((await books()).positions.map((position) => position.dealId)).toContain(dealId);
    await faults({ name: 'stream-drop', recoverable: false });
    expect(await told.event('position.opened', { dealId })).toMatchObject({ data: { source: 'external' } });
  });
};
