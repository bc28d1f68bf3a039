// The dead-man's switch: what a client has done on its account once it has been silent for too long. A stored row, fired once, whoever was down meanwhile.
import { and, asc, eq, isNull, lte } from 'drizzle-orm';
import { brokerAccounts, deadMen } from '../../../../drizzle/schema/index.ts';
import type { ArmDeadMan, DeadMan } from '../../../../shared/risk.ts';
import type { Db } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount } from '../ports.ts';
import type { BeginSaga } from '../sagas/begin.ts';
import { keyOfDeadMan } from '../sagas/course.ts';
import type { Switches } from './switches.ts';

/** Between two looks for a lapse: how late it may be noticed. */
export const deadManEveryMs = 1_000;
/** Lapses that one look takes; the next takes the rest. */
const firedAtOnce = 100;

export type DeadMen = ReturnType<typeof createDeadMen>;
type DeadManRow = typeof deadMen.$inferSelect;
interface DeadMenDeps {
  db: Db;
  inAccount: AccountTransaction;
  switches: Pick<Switches, 'setOn'>;
  beginSaga: BeginSaga;
  accounts: Pick<Accounts, 'forUser'>;
  accountOf: (id: string) => Promise<BrokerAccount>;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}

export function createDeadMen(deps: DeadMenDeps) {
  const { db, inAccount, switches, beginSaga, accounts, accountOf, clock, ids, logger } = deps;

  /** Under the account's lock, as arming and disarming are: a renewal that was committed before goes first. */
  async function fireDue(entry: Entry): Promise<void> {
    const row = await lockDue(entry);
    if (!row) return;
    const { id } = row;
    await entry.tx.update(deadMen).set({ firedAt: entry.at }).where(eq(deadMen.id, id));
    const { action, afterMs, armedAt } = row;
    const silence = `The client was silent for ${afterMs} ms.`;
    if (action === 'halt') switches.setOn(entry, { dealingState: 'halted', by: 'dead_man', reason: silence });
    const sagaId =
      action === 'halt'
        ? null
        : (await beginSaga(entry, { kind: action, idempotencyKey: keyOfDeadMan(id), requestHash: id })).id;
    const fired = { action, afterMs, armedAt, sagaId };
    entry.tell('dead_man.fired', fired);
    entry.notice({ kind: 'dead_man.fired', data: fired });
  }

  return {
    /** Counts the silence from now on. Throws accounts.*. */
    async arm(userId: string, { accountId, action, afterMs }: ArmDeadMan): Promise<BrokerAccount> {
      const account = await accounts.forUser(userId, accountId);
      await inAccount(account, async (entry) => {
        const { tx, at, risk } = entry;
        if (!risk.connected || account.disconnectedAt) throw new AppError('accounts.disconnected');
        // Silence that was too long has been so, though nobody looked since: what fires does not rest on who comes first after a restart.
        await fireDue(entry);
        const firesAt = new Date(at.getTime() + afterMs);
        const { environment } = account;
        const set = { id: ids.next('dead'), action, afterMs, armedAt: at, firesAt, firedAt: null };
        await tx
          .insert(deadMen)
          .values({ accountId: account.id, environment, ...set })
          .onConflictDoUpdate({ target: deadMen.accountId, set });
      });
      return account;
    },
    /** Whether one is armed or not: afterwards none is. Throws accounts.*. */
    async disarm(userId: string, accountId?: string): Promise<BrokerAccount> {
      const account = await accounts.forUser(userId, accountId);
      await inAccount(account, async ({ tx }) => {
        await tx.delete(deadMen).where(eq(deadMen.accountId, account.id));
      });
      return account;
    },
    async of(accountId: string): Promise<DeadMan | null> {
      const [row] = await db.select().from(deadMen).where(eq(deadMen.accountId, accountId));
      if (!row) return null;
      const { action, afterMs, armedAt, firesAt, firedAt } = row;
      return { action, afterMs, armedAt, firesAt, firedAt };
    },
    /** Fires what has lapsed by now. One that fails is tried again at the next look and holds up no other. */
    async sweep(): Promise<void> {
      const due = await db
        .select({ accountId: deadMen.accountId })
        .from(deadMen)
        .innerJoin(brokerAccounts, eq(brokerAccounts.id, deadMen.accountId))
        .where(
          and(
            isNull(deadMen.firedAt),
            lte(deadMen.firesAt, clock.now()),
            isNull(brokerAccounts.disconnectedAt),
          ),
        )
        .orderBy(asc(deadMen.firesAt))
        .limit(firedAtOnce);
      for (const { accountId } of due)
        try {
          await inAccount(await accountOf(accountId), fireDue);
        } catch (err) {
          logger.error({ err, account: accountId }, 'a dead-man’s switch could not be fired yet');
        }
    },
  };
}

async function lockDue({ tx, at, account }: Entry): Promise<DeadManRow | undefined> {
  const [row] = await tx
    .select()
    .from(deadMen)
    .where(and(eq(deadMen.accountId, account.id), isNull(deadMen.firedAt), lte(deadMen.firesAt, at)))
    .for('update');
  return row;
}
