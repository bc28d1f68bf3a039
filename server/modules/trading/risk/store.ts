// Every query of an account's risk row: its money, what is reserved, whether dealing is halted, and its limits.
import { eq } from 'drizzle-orm';
import { accountHealth, accountLease, accountRisk, leases } from '../../../../drizzle/schema/index.ts';
import { columnsOf, leave, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { latestPast } from '../../../lib/instants.ts';
import { longestDayMs } from '../../../lib/local-days.ts';
import type { BrokerAccount, FundsEvidence } from '../ports.ts';
import { marginCallAfter } from './margin-call.ts';
import { joinWider, readWider, widerList, type Wider } from './wider.ts';

/** With how the broker treats the account: of whom nothing was ever found is up. */
export type RiskRow = typeof accountRisk.$inferSelect & {
  health: Pick<typeof accountHealth.$inferSelect, (typeof healthFields)[number]> | null;
  wider: Wider;
};
export type RiskStore = ReturnType<typeof createRiskStore>;

/** What a transaction on an account may change. */
export const figures = [
  'cash',
  'margin',
  'runningProfit',
  'fundsAt',
  'marginCall',
  'reserved',
  'positionsReadAt',
  'dayEndsAt',
  'orders',
  'breachedAt',
] as const;

const healthFields = ['state', 'since', 'confirmedAt'] as const;
const all = columnsOf(accountRisk);
const health = columnsOf(accountHealth, healthFields);
const read = (columns: unknown[]): RiskRow => {
  const [found, rest] = [columns.slice(0, healthFields.length), columns.slice(healthFields.length)];
  const { length } = rest;
  return {
    ...all.read(rest.slice(0, length - 2)),
    health: found[0] === null ? null : health.read(found),
    wider: readWider(rest.slice(length - 2)),
  };
};
const changed = columnsOf(accountRisk, figures);
const limits = columnsOf(accountRisk, [
  'maxSize',
  'maxExposure',
  'maxDailyLoss',
  'maxOrdersPerMinute',
  'maxOrdersPerDay',
  'epicLimits',
  'haltEpoch',
]);
const select = `select ${healthFields.map((_, i) => `h${i}`).join(', ')}, ${all.list}, ${widerList} from account_risk
  ${joinWider}
  left join lateral (select ${health.list} from account_health h where h.account_id = account_risk.account_id) as health (h0, h1, h2) on true
  where account_id = $1`;
const find = statement('risk_find', select, read);
const lock = statement('risk_lock', `${select} for update of account_risk`, read);
const create = statement(
  'risk_create',
  'insert into account_risk (account_id, environment) values ($1, $2) on conflict do nothing',
);
const save = statement(
  'risk_save',
  `update account_risk set ${changed.assignments(2)} where account_id = $1`,
);
const saveLimits = statement(
  'risk_save_limits',
  `update account_risk set ${limits.assignments(2)} where account_id = $1`,
);
const switched = columnsOf(accountRisk, [
  'halted',
  'reduceOnly',
  'switchedBy',
  'switchedAt',
  'switchReason',
  'haltEpoch',
]);
const saveSwitch = statement(
  'risk_save_switch',
  `update account_risk set ${switched.assignments(2)} where account_id = $1`,
);
const saveFigures = statement(
  'risk_save_figures',
  'update account_risk set margin = $3, running_profit = $4, funds_at = $5 where account_id = $1 and cash = $2 and reserved = 0 and margin_call is null and (funds_at < $5 or funds_at > $6) and day_ends_at > $7 and day_ends_at < $8 returning true',
  () => true,
);

export const findRisk = async (db: Db | Tx, accountId: string): Promise<RiskRow | undefined> =>
  (await run(db, find, [accountId]))[0];

export const createRiskStore = (db: Db) => ({
  /** The epoch under which the account's stream is, or was last, held; null: never. */
  async streamEpoch(accountId: string): Promise<number | null> {
    const [row] = await db
      .select({ epoch: leases.epoch })
      .from(leases)
      .where(eq(leases.name, accountLease(accountId)));
    return row?.epoch ?? null;
  },
  /** The account's risk row, made when it is missing, locked until the end of `tx`: all that decides about an account's money queues here. */
  async lock(tx: Tx, { id, environment }: Pick<BrokerAccount, 'id' | 'environment'>): Promise<RiskRow> {
    const [found] = await run(tx, lock, [id]);
    if (found) return found;
    await run(tx, create, [id, environment]);
    return (await run(tx, lock, [id]))[0]!;
  },
  find: (accountId: string): Promise<RiskRow | undefined> => findRisk(db, accountId),
  /** Left to the transaction's COMMIT. */
  save: (tx: Tx, row: RiskRow): void => void leave(tx, save, [row.accountId, ...changed.values(row)]),
  /** Limits, and what makes deals that were admitted under others stay here. Left to the transaction's COMMIT. */
  saveLimits: (tx: Tx, row: RiskRow): void =>
    void leave(tx, saveLimits, [row.accountId, ...limits.values(row)]),
  /** The account's own switch. Left to the transaction's COMMIT. */
  saveSwitch: (tx: Tx, row: RiskRow): void =>
    void leave(tx, saveSwitch, [row.accountId, ...switched.values(row)]),
  /**
   * Figures that leave the cash as it is. False when the cash differs, something is reserved, the account's day has ended, something is
   * to be told of its margin or was, or what is known is as new and not dated ahead of `now`.
   */
  saveFigures: async (accountId: string, funds: FundsEvidence, now: Date): Promise<boolean> =>
    marginCallAfter(null, funds) === null &&
    (
      await run(db, saveFigures, [
        accountId,
        funds.cash,
        funds.margin,
        funds.runningProfit,
        funds.at.toISOString(),
        latestPast(now).toISOString(),
        now.toISOString(),
        new Date(now.getTime() + longestDayMs).toISOString(),
      ])
    ).length === 1,
});
