// The real module on a real database, to be told the histories that the stores in memory are told.
import { eq } from 'drizzle-orm';
import { deals, positions, workingOrders } from '../../../drizzle/schema/index.ts';
import type { Evidence } from '../../modules/trading/ports.ts';
import type { TradingRig } from '../trading-rig.ts';
import type { World } from './play.ts';

/** A user of its own each time. */
export async function databaseWorld(rig: TradingRig, name: string, evidence: Evidence): Promise<World> {
  const { db } = rig.database;
  const userId = await rig.addUser(name);
  const account = { id: `acct_${name}`, userId };
  const { applyAccountEvent, reconcileAccount } = rig.restart({ evidence });
  return {
    account,
    prefix: `${name}-`,
    apply: applyAccountEvent,
    reconcile: () => reconcileAccount(account.id),
    admit: async (row) => void (await db.insert(deals).values(row)),
    state: async () => ({
      deals: await db.select().from(deals).where(eq(deals.accountId, account.id)),
      positions: await db.select().from(positions).where(eq(positions.accountId, account.id)),
      orders: await db.select().from(workingOrders).where(eq(workingOrders.accountId, account.id)),
      cash: (await rig.risk(account.id)).cash,
    }),
  };
}
