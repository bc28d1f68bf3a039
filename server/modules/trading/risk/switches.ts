// The kill switch: closing only, or nothing new at all, for an account, a user or everything here. Each scope is set and taken back by itself; guard.ts holds the strictest against a deal.
import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import { brokerAccounts, dealingSwitches, sagas } from '../../../../drizzle/schema/index.ts';
import type { DealingHalts } from '../../../../shared/admin.ts';
import type { NewEvent, TypeAndData } from '../../../../shared/events.ts';
import type {
  AccountRisk,
  DealingStates,
  DealingSwitch,
  SetDealingState,
  SwitchedBy,
  SwitchPosition,
} from '../../../../shared/risk.ts';
import type { Db, Transaction, Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount, UserEvents } from '../ports.ts';
import { isDeadMans } from '../sagas/course.ts';
import type { RiskRow, RiskStore } from './store.ts';
import type { Notice, Notify } from '../../notifications/index.ts';

/** What is set, by whom, and why. */
export interface Setting {
  dealingState: SwitchPosition;
  by: SwitchedBy;
  reason: string | null;
}
/** For whom an administrator, or the user for all of their accounts, sets it. */
export type WideScope = { scope: 'user' | 'administrator'; userId: string } | { scope: 'everything' };

const strictness: Record<SwitchPosition, number> = { active: 0, reduce_only: 1, halted: 2 };
const isStricter = (next: SwitchPosition, before: SwitchPosition) => strictness[next] > strictness[before];
/** Whether somebody says of what is set already why, in other words than before; a dead-man's switch has nothing to add to what people set. */
const saysAnew = ({ dealingState, by, reason }: Setting, before: string | null) =>
  dealingState !== 'active' && by !== 'dead_man' && reason !== null && reason !== before;

export type Switches = ReturnType<typeof createSwitches>;
interface SwitchesDeps {
  db: Db;
  transaction: Transaction;
  inAccount: AccountTransaction;
  riskStore: Pick<RiskStore, 'saveSwitch'>;
  accounts: Pick<Accounts, 'forUser' | 'all'>;
  events: Pick<UserEvents, 'append' | 'wake'>;
  notify: Notify;
  clock: Clock;
}

export function createSwitches(deps: SwitchesDeps) {
  const { db, transaction, inAccount, riskStore, accounts, events, notify, clock } = deps;

  /** The account's own, under its lock; says nothing when it is so already, for the same reason. From the commit on what it forbids is not sent any more. */
  function setOn(entry: Entry, { dealingState, by, reason }: Setting): void {
    const { risk } = entry;
    const before = ownOf(risk);
    if (dealingState === before && !saysAnew({ dealingState, by, reason }, risk.switchReason)) return;
    if (isStricter(dealingState, before)) risk.haltEpoch++;
    Object.assign(risk, {
      halted: dealingState === 'halted',
      reduceOnly: dealingState === 'reduce_only',
      switchedBy: by,
      switchedAt: entry.at,
      switchReason: reason,
    });
    riskStore.saveSwitch(entry.tx, risk);
    entry.tell(...told('account', { dealingState, by, reason }));
  }

  /** The row of a scope; false when it was so already, for the same reason. Two at once queue at the row. */
  async function save(tx: Tx, key: { scope: WideScope['scope']; subject: string }, set: Setting) {
    const at = clock.now();
    const of = and(eq(dealingSwitches.scope, key.scope), eq(dealingSwitches.subject, key.subject));
    await tx
      .insert(dealingSwitches)
      .values({ ...key, dealingState: 'active', by: set.by, at, reason: null })
      .onConflictDoNothing();
    const [row] = await tx.select().from(dealingSwitches).where(of).for('update');
    if (row!.dealingState === set.dealingState && !saysAnew(set, row!.reason)) return false;
    const epoch = row!.epoch + (isStricter(set.dealingState, row!.dealingState) ? 1 : 0);
    await tx
      .update(dealingSwitches)
      .set({ ...set, at, epoch })
      .where(of);
    return true;
  }

  /** Whom a scope holds for now, in the order in which their events are locked. */
  async function usersOf(tx: Tx, wide: WideScope): Promise<string[]> {
    if (wide.scope !== 'everything') return [wide.userId];
    const rows = await tx
      .selectDistinct({ userId: brokerAccounts.userId })
      .from(brokerAccounts)
      .where(isNull(brokerAccounts.disconnectedAt));
    return rows.map(({ userId }) => userId).sort();
  }

  /** For more than one account, in one row: it holds from its commit on, for accounts that are connected later too. */
  async function setWide(wide: WideScope, set: Setting): Promise<void> {
    const subject = wide.scope === 'everything' ? '' : wide.userId;
    const users = await transaction(async (tx) => {
      if (!(await save(tx, { scope: wide.scope, subject }, set))) return [];
      const users = await usersOf(tx, wide);
      const [type, data] = told(wide.scope, set);
      const at = clock.now();
      for (const userId of users) {
        await events.append(tx, userId, 'trading', [
          { type, data, at, accountId: null, environment: null } as NewEvent<'trading'>,
        ]);
        if (set.by !== 'owner') await notify(tx, { ...noticeOf(set), userId, at, accountId: null });
      }
      return users;
    });
    for (const userId of users) for (const stream of streams) events.wake(userId, stream);
  }

  return {
    setOn,
    setWide,
    /** Throws accounts.*. */
    async set(
      userId: string,
      { accountId, scope, dealingState, reason }: SetDealingState,
      show: (account: BrokerAccount) => Promise<AccountRisk>,
    ): Promise<DealingStates> {
      const setting: Setting = { dealingState, by: 'owner', reason: reason ?? null };
      if (scope === 'user') {
        await setWide({ scope, userId }, setting);
        const own = (await accounts.all()).filter(
          (account) => account.userId === userId && !account.disconnectedAt,
        );
        return { accounts: await Promise.all(own.map(show)) };
      }
      const account = await accounts.forUser(userId, accountId);
      await inAccount(account, async (entry) => {
        if (!entry.risk.connected || account.disconnectedAt) throw new AppError('accounts.disconnected');
        setOn(entry, setting);
      });
      return { accounts: [await show(account)] };
    },
    /** What administrators have set that is stricter than active, for everything first, then by user. */
    async halts(): Promise<DealingHalts['halts']> {
      const rows = await db
        .select()
        .from(dealingSwitches)
        .where(and(ne(dealingSwitches.dealingState, 'active'), ne(dealingSwitches.scope, 'user')))
        .orderBy(sql`scope <> 'everything'`, dealingSwitches.subject);
      return rows.map(({ scope, subject, dealingState, by, at, reason }) => ({
        ...(scope === 'everything' ? { scope, userId: null } : { scope: 'user' as const, userId: subject }),
        dealingState,
        by,
        at,
        reason,
      }));
    },
    /** What is set that is stricter than active and bears on the account, its own first. */
    async of({ account, risk }: Pick<Entry, 'account' | 'risk'>): Promise<DealingSwitch[]> {
      const wide = await db
        .select()
        .from(dealingSwitches)
        .where(
          and(
            ne(dealingSwitches.dealingState, 'active'),
            or(
              eq(dealingSwitches.scope, 'everything'),
              and(
                inArray(dealingSwitches.scope, ['user', 'administrator']),
                eq(dealingSwitches.subject, account.userId),
              ),
            ),
          ),
        )
        .orderBy(sql`scope <> 'user'`, dealingSwitches.scope);
      const flattening = await db
        .select({ at: sagas.startedAt, idempotencyKey: sagas.idempotencyKey })
        .from(sagas)
        .where(and(eq(sagas.accountId, account.id), eq(sagas.kind, 'flatten'), isNull(sagas.endedAt)))
        .limit(1);
      const own = ownOf(risk);
      return [
        ...(own === 'active'
          ? []
          : [
              {
                scope: 'account' as const,
                dealingState: own,
                by: risk.switchedBy ?? 'owner',
                at: risk.switchedAt ?? new Date(0),
                reason: risk.switchReason,
              },
            ]),
        ...wide.flatMap(({ scope, dealingState, by, at, reason }) =>
          dealingState === 'active' ? [] : [{ scope, dealingState, by, at, reason }],
        ),
        ...flattening.map(({ at, ...saga }) => ({
          scope: 'flatten' as const,
          dealingState: 'reduce_only' as const,
          by: isDeadMans(saga) ? ('dead_man' as const) : ('owner' as const),
          at,
          reason: null,
        })),
      ];
    },
  };
}

/** What is set on the account itself. */
export const ownOf = ({ halted, reduceOnly }: Pick<RiskRow, 'halted' | 'reduceOnly'>): SwitchPosition =>
  halted ? 'halted' : reduceOnly ? 'reduce_only' : 'active';

function told(scope: 'account' | WideScope['scope'], { dealingState, by, reason }: Setting) {
  const facts = { scope, by, reason };
  return dealingState === 'active'
    ? (['dealing.resumed', { ...facts, dealingState }] satisfies TypeAndData<'trading'>)
    : (['dealing.halted', { ...facts, dealingState }] satisfies TypeAndData<'trading'>);
}

const streams = ['trading', 'notifications'] as const;
const noticeOf = ({ dealingState, reason }: Setting): Notice =>
  dealingState === 'active'
    ? { kind: 'dealing.resumed', data: { reason } }
    : { kind: 'dealing.halted', data: { dealingState, reason } };
