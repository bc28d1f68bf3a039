// What bounds an account: set at one API process, in force at the other with the very next deal.
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { accountRisk } from '../../../../drizzle/schema/index.ts';
import type { Steps } from '../bench.ts';

export const limitsSteps: Steps = ({ trader, installation }) => {
  const gil = trader('gil');

  test('a limit that is set at one process refuses at the other at once with both numbers, closes nothing in, and opens again once it is wider', async () => {
    const { account, open, close, here, elsewhere, told, books } = gil();
    const { id: accountId, environment } = account;
    const set = ({ api }: typeof here, maxSize: string | null) =>
      api.trading.setRiskLimits.mutate({ accountId, maxSize });
    const { dealId } = await open({ size: '2' }, elsewhere);
    await set(here, '1.5');
    expect(await open({ size: '1.6' }, elsewhere)).toMatchObject({
      status: 'denied',
      environment,
      reason: { code: 'size_limit', size: '1.6', limit: '1.5' },
    });
    expect(await elsewhere.api.trading.getRisk.query({ accountId })).toMatchObject({
      environment,
      dealingState: 'active',
      limits: { maxSize: '1.5' },
    });
    expect(await close(dealId!, {}, elsewhere)).toMatchObject({ status: 'accepted', size: '2' });
    await set(elsewhere, null);
    const wider = await open({ size: '1.6' }, here);
    expect(wider).toMatchObject({ status: 'accepted', size: '1.6' });
    await close(wider.dealId!, {}, elsewhere);
    expect((await books()).positions).toEqual([]);
    await told.event('position.closed', { dealId: wider.dealId! });
    expect(told.of('risk.limits_changed').map(({ data }) => data.limits.maxSize)).toEqual(['1.5', null]);
  });

  test('an account that is halted opens nothing at any process, whatever was admitted before, and closes', async () => {
    const { account, open, close, here, elsewhere, books } = gil();
    const halt = (halted: boolean) =>
      installation()
        .database.db.update(accountRisk)
        .set({ halted, haltEpoch: sql`halt_epoch + 1` as never })
        .where(eq(accountRisk.accountId, account.id));
    const { dealId } = await open();
    const { deals } = await books();
    await halt(true);
    for (const at of [elsewhere, here]) {
      expect(await open({}, at)).toMatchObject({ status: 'denied', reason: { code: 'dealing_halted' } });
      expect(await at.api.trading.getRisk.query({ accountId: account.id })).toMatchObject({
        dealingState: 'halted',
      });
    }
    expect((await books()).deals).toEqual(deals);
    expect(await close(dealId!, {}, elsewhere)).toMatchObject({ status: 'accepted' });
    await halt(false);
    const again = await open({}, elsewhere);
    expect(again).toMatchObject({ status: 'accepted' });
    await close(again.dealId!);
  });
};
