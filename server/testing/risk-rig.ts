// An account of each environment whose broker tells what figures a test likes: for the tests of risk.
import { eq } from 'drizzle-orm';
import { accountRisk, brokerAccounts } from '../../drizzle/schema/index.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { Clock } from '../lib/clock.ts';
import { createManualClock } from './manual-clock.ts';
import { quoteOf, tradingRig, type TradingRig } from './trading-rig.ts';

export const setRisk = (rig: TradingRig, set: Partial<typeof accountRisk.$inferInsert>) =>
  rig.database.db.update(accountRisk).set(set).where(eq(accountRisk.accountId, rig.accountId));

/** Ann's account becomes one of this environment; a live one is switched on. */
export async function rigOn(environment: Environment, clock = createManualClock()) {
  const rig = await tradingRig({ clock });
  await rig.database.db.update(brokerAccounts).set({ environment });
  await setRisk(rig, { environment, liveDealing: environment === 'live' });
  rig.prices.quote = quoteOf({}, clock.now());
  return rig;
}

/** The broker tells figures now. */
export const tell = (rig: TradingRig<Clock>, cash: string, runningProfit = '0', margin = '0') =>
  rig.trading.applyAccountEvent({
    eventId: `f-${rig.clock.now().getTime()}`,
    accountId: rig.accountId,
    kind: 'funds',
    data: { cash, margin, runningProfit, at: rig.clock.now().toISOString() },
  });
/** Figures, then a second passes. */
export async function tellThen(rig: TradingRig, ...figures: [string, string?, string?]) {
  await tell(rig, ...figures);
  rig.clock.advance(1_000);
}

/** A process that reads the broker's lists, with this cash among them. */
export const reading = (rig: TradingRig, cash: string) =>
  rig.restart({
    evidence: {
      ...rig.venue.evidence,
      funds: async () => ({ cash, margin: '0', runningProfit: '0', at: rig.clock.now() }),
    },
  });
/** An outcome that says why nothing was sent. */
export const refused = (reason: object) => ({ status: 'denied', reason });
