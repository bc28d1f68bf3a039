// An account's money as the broker last told it: kept, read anew when it is too old to rest on, and what may be dealt with.
import { decimal } from '../../../../shared/decimal.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs, isAhead } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { DealStore } from '../deals/store.ts';
import type { BrokerAccount, EnqueueReconcile, Evidence, FundsEvidence } from '../ports.ts';
import type { Days } from './days.ts';
import { isGraver, marginCallAfter, marginLevel } from './margin-call.ts';
import type { RiskRow, RiskStore } from './store.ts';

export type Funds = ReturnType<typeof createFunds>;
interface FundsDeps {
  riskStore: RiskStore;
  inAccount: AccountTransaction;
  applyFunds: ApplyFunds;
  evidence: Evidence;
  clock: Clock;
  logger: Logger;
}

export function createFunds({ riskStore, inAccount, applyFunds, evidence, clock, logger }: FundsDeps) {
  return {
    /** Figures that admission can rest on: read when those known are older than `maxAgeMs`. Where the broker does not tell, its own check of the money is the one that holds. */
    async refresh(account: BrokerAccount, maxAgeMs: number): Promise<void> {
      if (isFresh(await riskStore.find(account.id), clock.now(), maxAgeMs)) return;
      try {
        const funds = await evidence.funds(account, { forDeal: true });
        await inAccount(account, (entry) => applyFunds(entry, funds));
      } catch (err) {
        logger.warn(
          { err, account: account.id },
          'the funds could not be read: the broker decides whether they suffice',
        );
      }
    },
  };
}

/** Whether the account's figures are at most `maxAgeMs` old; those dated ahead of `now` may be of any age. */
export const isFresh = (risk: Pick<RiskRow, 'fundsAt'> | undefined, now: Date, maxAgeMs: number): boolean =>
  risk?.fundsAt != null && ageMs(risk.fundsAt, now) <= maxAgeMs;

export type ApplyFunds = ReturnType<typeof createApplyFunds>;
/**
 * Margin that rose by this share of what an undecided deal set aside is taken for that deal's: it may be filled at another price than it
 * was reckoned at, and what is open already moves a little with its prices.
 */
const seenShare = '0.9';

export function createApplyFunds({
  dealStore,
  days,
  enqueueReconcile,
}: {
  dealStore: Pick<DealStore, 'lockReserving' | 'save'>;
  days: Pick<Days, 'change'>;
  enqueueReconcile: EnqueueReconcile;
}) {
  /** The broker's figures may have a position in them before its confirm is told: what was set aside for it would count twice. */
  async function releaseSeen(entry: Entry, rise: string): Promise<void> {
    if (decimal.compare(entry.risk.reserved, '0') === 0 || decimal.compare(rise, '0') <= 0) return;
    let unexplained = rise;
    for (const deal of await dealStore.lockReserving(entry.tx, entry.account.id)) {
      if (decimal.compare(unexplained, decimal.multiply(deal.reserved, seenShare)) < 0) continue;
      unexplained = decimal.subtract(unexplained, deal.reserved);
      entry.risk.reserved = decimal.subtract(entry.risk.reserved, deal.reserved);
      dealStore.save(entry.tx, { ...deal, reserved: '0' });
      entry.dealsSaved = true;
    }
  }

  /** Figures as the broker tells them; older ones change nothing. What is known is not newer because a clock was once ahead. */
  return async function applyFunds(
    entry: Entry,
    { cash, margin, runningProfit, at }: FundsEvidence,
  ): Promise<void> {
    const { risk, tell, account, at: now } = entry;
    if (risk.fundsAt !== null && at <= risk.fundsAt && !isAhead(risk.fundsAt, now)) return;
    if (risk.cash !== null && decimal.compare(cash, risk.cash) !== 0) {
      const change = decimal.subtract(cash, risk.cash);
      tell('cash.changed', { cash, previousCash: risk.cash, change, currency: account.currency });
    }
    if (risk.margin !== null) await releaseSeen(entry, decimal.subtract(margin, risk.margin));
    const isOpen = await days.change(entry, { cash, runningProfit, at }, () =>
      Object.assign(risk, { cash, margin, runningProfit, fundsAt: at }),
    );
    const money = { cash, margin, runningProfit };
    const call = marginCallAfter(risk.marginCall, money);
    if (isGraver(call, risk.marginCall))
      entry.notice({
        kind: `margin.${call}`,
        data: {
          level: marginLevel(money)!,
          equity: decimal.add(cash, runningProfit),
          margin,
          currency: account.currency,
        },
      });
    risk.marginCall = call;
    // Until it is known where cash has gone it counts against the limit of the day.
    if (isOpen && risk.maxDailyLoss !== null) await enqueueReconcile(entry.tx, account.id);
  };
}

type Figures = Pick<RiskRow, 'cash' | 'margin' | 'runningProfit' | 'reserved'>;

/** What may be dealt with: equity less margin less reservations; null until the broker has told. */
export function availableOf({ cash, margin, runningProfit, reserved }: Figures): string | null {
  if (cash === null || margin === null) return null;
  return decimal.subtract(decimal.subtract(decimal.add(cash, runningProfit ?? '0'), margin), reserved);
}

/** `required` in the account's currency; null (no factor, no rate) leaves the money to the broker's own check. */
export function refuseFunds(required: string | null, figures: Figures): DealReason | null {
  const available = availableOf(figures);
  return required !== null && available !== null && decimal.compare(available, required) < 0
    ? { code: 'insufficient_funds', required, available }
    : null;
}
