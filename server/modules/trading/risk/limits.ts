// What may be dealt on an account, for its owner: its state, its limits and the loss of its day; and the changing of the limits.
import {
  dealingStateOf,
  type AccountRisk,
  type RiskLimits,
  type SetRiskLimits,
} from '../../../../shared/risk.ts';
import { AppError } from '../../../lib/app-error.ts';
import { dayIn } from '../../../lib/local-days.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts } from '../ports.ts';
import { equityOf, lossOf } from './day.ts';
import { figuresOf, type Days } from './days.ts';
import { factsOf, isStricter } from './guard.ts';
import type { RiskRow, RiskStore } from './store.ts';

export type RiskLimitsService = ReturnType<typeof createRiskLimits>;
interface RiskLimitsDeps {
  accounts: Accounts;
  inAccount: AccountTransaction;
  riskStore: Pick<RiskStore, 'saveLimits'>;
  days: Pick<Days, 'running'>;
}

export function createRiskLimits({ accounts, inAccount, riskStore, days }: RiskLimitsDeps) {
  async function shown(entry: Entry): Promise<AccountRisk> {
    const { account, risk } = entry;
    const { id: accountId, environment, currency } = account;
    return {
      accountId,
      environment,
      currency,
      ...dealingStateOf(factsOf(environment, risk)),
      limits: limitsOf(risk),
      today: await today(entry),
    };
  }
  async function today(entry: Entry): Promise<AccountRisk['today']> {
    const [day, figures] = [await days.running(entry), figuresOf(entry.risk)];
    if (!day || !figures) return null;
    const { timeZone, startsAt, endsAt, paidIn, paidOut } = day;
    return {
      on: dayIn(timeZone, new Date(endsAt.getTime() - 1)).on,
      timeZone,
      startsAt,
      endsAt,
      equityAtStart: day.equity,
      equityAtStartAt: day.equityAt,
      paidIn,
      paidOut,
      equity: equityOf(figures),
      equityAt: figures.at,
      loss: lossOf(day, figures),
    };
  }

  return {
    /** Throws accounts.*. */
    get: async (userId: string, accountId?: string): Promise<AccountRisk> =>
      inAccount(await accounts.forUser(userId, accountId), shown),
    /**
     * Changes the limits that are given, from this moment on: what a stricter one forbids is not sent any more, though it was admitted
     * before. Throws accounts.*.
     */
    async set(userId: string, { accountId, ...given }: SetRiskLimits): Promise<AccountRisk> {
      const account = await accounts.forUser(userId, accountId);
      return inAccount(account, async (entry) => {
        const { risk, tx } = entry;
        if (!risk.connected || account.disconnectedAt) throw new AppError('accounts.disconnected');
        const previous = limitsOf(risk);
        const limits: RiskLimits = {
          maxSize: given.maxSize === undefined ? previous.maxSize : given.maxSize,
          maxDailyLoss: given.maxDailyLoss === undefined ? previous.maxDailyLoss : given.maxDailyLoss,
        };
        if (limits.maxSize === previous.maxSize && limits.maxDailyLoss === previous.maxDailyLoss)
          return shown(entry);
        Object.assign(risk, limits);
        if (isStricter(account.environment, limits, previous)) risk.haltEpoch++;
        riskStore.saveLimits(tx, risk);
        const { dealingState } = dealingStateOf(factsOf(account.environment, risk));
        entry.tell('risk.limits_changed', { dealingState, limits, previous });
        return shown(entry);
      });
    },
  };
}

const limitsOf = ({ maxSize, maxDailyLoss }: RiskRow): RiskLimits => ({ maxSize, maxDailyLoss });
