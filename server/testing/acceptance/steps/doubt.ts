// Deals of which the broker told nothing, or only half: decided by evidence, and dealt once.
import { expect, test } from 'vitest';
import type { FaultSetting } from '../../../ig-simulator/index.ts';
import type { Steps } from '../bench.ts';

/** Nothing that is told proves the next deal; only what is read does. */
const untold = (kind: 'open' | 'close', ...names: FaultSetting['name'][]): FaultSetting[] =>
  [...names, 'lost-confirm' as const, 'lost-opu' as const].map((name) => ({ name, on: [kind], count: 1 }));
/** Generous to a busy machine. */
const patienceMs = 20_000;

export const doubtSteps: Steps = ({ trader }) => {
  const dee = trader('dee');
  /** Sent by one process while these go wrong; each has struck before anything else is sent. */
  async function doubtful(faults: FaultSetting[], send: () => Promise<{ id: string }>) {
    await dee().faults(...faults);
    const { id } = await send();
    await expect.poll(dee().struck, { timeout: patienceMs }).toBe(true);
    return id;
  }

  test('openings whose answer timed out, was cut off or never confirmed are decided by evidence as accepted, each with one deal at the broker', async () => {
    const { open, close, here, elsewhere, told, books } = dee();
    for (const at of [here, elsewhere]) await close((await open({}, at)).dealId!, {}, at); // both know the market
    const ids = [
      await doubtful(untold('open', 'accept-then-time-out'), () => open({ waitMs: 0 }, here)),
      await doubtful(untold('open', 'reset-after'), () => open({ waitMs: 0 }, elsewhere)),
      await doubtful(untold('open'), () => open({ waitMs: 0 }, here)),
    ];
    for (const id of ids) {
      const { data } = await told.event('deal.accepted', { id });
      expect(data).toMatchObject({ dealId: expect.any(String), level: expect.any(String) });
      expect((await books()).deals[data.dealReference!]).toBe(1);
      await told.event('position.opened', { dealId: data.dealId! });
    }
    expect((await books()).positions).toHaveLength(ids.length);
  });

  test('closes whose answer timed out, was cut off or never confirmed are decided alike, each closed once', async () => {
    const { close, here, elsewhere, told, books } = dee();
    const dealIds = (await books()).positions.map(({ dealId }) => dealId);
    const [timedOut, cutOff, unconfirmed] = dealIds as [string, string, string];
    const ids = [
      await doubtful(untold('close', 'accept-then-time-out'), () =>
        close(timedOut, { waitMs: 0 }, elsewhere),
      ),
      await doubtful(untold('close', 'reset-after'), () => close(cutOff, { waitMs: 0 }, here)),
      await doubtful(untold('close'), () => close(unconfirmed, { waitMs: 0 }, elsewhere)),
    ];
    for (const id of ids) await told.event('deal.accepted', { id });
    for (const dealId of dealIds) await told.event('position.closed', { dealId });
    const { positions, closes } = await books();
    expect(positions).toEqual([]);
    expect(dealIds.map((dealId) => closes[dealId])).toEqual(
      dealIds.map(() => ({ closedSize: '1', count: 1 })),
    );
  });
};
