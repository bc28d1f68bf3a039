// Carrying a saga on, from whatever point: a deal for each leg, under a key made of the leg, so that whoever runs it again, or at the same time, deals nothing twice.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { DealRow } from '../deals/life.ts';
import type { DealStore } from '../deals/store.ts';
import type { Decisions } from '../deals/wait.ts';
import type { AccountTransaction } from '../account-transaction.ts';
import type { Accounts, BrokerAccount } from '../ports.ts';
import { goneCodes, keyOf, type Course } from './course.ts';
import { toEnded } from './ended.ts';
import type { LegRow, SagaRow, SagaStore } from './store.ts';

/** Deals made for one leg at most: each but the last did nothing. */
const maxAttempts = 5;

/** Nothing was done, and it may be asked for again: another deal was under way, or this one is proven not to have arrived. */
const worthAnotherAttempt = new Set<DealReason['code']>([
  'close_in_flight',
  'change_in_flight',
  'never_reached_broker',
]);

export type RunSaga = ReturnType<typeof createRunSaga>;
interface RunSagaDeps {
  courses: Record<SagaRow['kind'], Course>;
  sagaStore: SagaStore;
  dealStore: Pick<DealStore, 'findByKey'>;
  decisions: Pick<Decisions, 'untilDecided'>;
  accounts: Pick<Accounts, 'forUser'>;
  inAccount: AccountTransaction;
  clock: Clock;
}

export function createRunSaga(deps: RunSagaDeps) {
  const { courses, sagaStore, dealStore, decisions, accounts, inAccount, clock } = deps;

  /** The leg's deal, made when there is none; undefined when its thing is gone. */
  async function dealOf(saga: SagaRow, leg: LegRow): Promise<DealRow | undefined> {
    const idempotencyKey = keyOf(leg);
    const found = await dealStore.findByKey(saga.userId, idempotencyKey);
    if (found) return found;
    const { beginWithinMs } = courses[saga.kind];
    const sinceMs = clock.now().getTime() - saga.startedAt.getTime();
    if (beginWithinMs !== null && sinceMs > beginWithinMs) return undefined;
    try {
      await courses[saga.kind].ask(saga, leg, idempotencyKey);
    } catch (error) {
      if (error instanceof AppError && goneCodes.includes(error.code)) return undefined;
      throw error;
    }
    return dealStore.findByKey(saga.userId, idempotencyKey);
  }

  /** One leg as far as it goes now: the deals whose verdict it waits for, and whether its own was accepted. */
  async function take(saga: SagaRow, leg: LegRow): Promise<{ waitedFor: DealRow[]; accepted: boolean }> {
    const deal = await dealOf(saga, leg);
    if (!deal) return { waitedFor: [], accepted: false };
    if (!isDecided(deal.status)) return { waitedFor: [deal], accepted: false };
    if (!mayTryAgain(leg, deal)) return { waitedFor: [], accepted: deal.status === 'accepted' };
    const running = await courses[saga.kind].undecidedOn(saga, leg);
    if (running.length > 0) return { waitedFor: running, accepted: false };
    await sagaStore.again(leg);
    const next = (await sagaStore.legs(saga.id)).find(({ index }) => index === leg.index)!;
    return take(saga, next);
  }
  /** Every leg that may be asked for by now, and what is waited for. */
  async function takeAll(saga: SagaRow): Promise<DealRow[]> {
    const { inTurn, underWay } = courses[saga.kind];
    const all: DealRow[] = [];
    for (const leg of await sagaStore.legs(saga.id)) {
      const { waitedFor, accepted } = await take(saga, leg);
      all.push(...waitedFor);
      if (inTurn && !accepted) break;
    }
    return [...all, ...(await underWay(saga))];
  }

  /** After the last verdict: whether the broker's lists end it. */
  async function look(saga: SagaRow): Promise<'ended' | 'again' | 'later'> {
    const account = await accounts.forUser(saga.userId, saga.accountId);
    if (account.disconnectedAt) throw new AppError('accounts.disconnected');
    const found = await courses[saga.kind].look(saga, account, await sagaStore.legs(saga.id));
    if (typeof found === 'string') {
      await sagaStore.looked(saga.id);
      return found;
    }
    await end(saga, account, found);
    return 'ended';
  }

  /** Once, whoever finds it: with the event that says so, and a notice where it ended short of what was asked for. */
  async function end(
    saga: SagaRow,
    account: BrokerAccount,
    found: Pick<SagaRow, 'left' | 'found'>,
  ): Promise<void> {
    await inAccount(account, async (entry) => {
      if (!(await sagaStore.end(entry.tx, saga.id, entry.at, found))) return;
      const ended = toEnded({ ...saga, ...found });
      entry.tell('saga.ended', ended);
      const { id, kind, left } = ended;
      // Of a target its deals tell.
      if (ended.status === 'incomplete' && kind !== 'set_target')
        entry.notice({ kind: 'saga.incomplete', data: { id, kind, left } });
    });
  }

  async function go(sagaId: string, budgetMs: number): Promise<boolean> {
    const until = clock.monotonicMs() + budgetMs;
    for (;;) {
      const saga = await sagaStore.get(sagaId);
      if (saga.endedAt) return true;
      const [first] = await takeAll(saga);
      const leftMs = until - clock.monotonicMs();
      if (first) {
        if (leftMs <= 0) return false;
        const newest = await decisions.untilDecided(first, leftMs);
        if (!isDecided(newest.status)) return false;
      } else {
        const found = await look(saga);
        if (found === 'ended') return true;
        if (found === 'later') return false;
      }
    }
  }

  /**
   * Goes on with it for about `budgetMs`, or until it has ended; true then. Throws broker.* while the broker's lists cannot be read: it
   * is to be called again.
   */
  return async function run(sagaId: string, budgetMs: number): Promise<boolean> {
    try {
      return await go(sagaId, budgetMs);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'accounts.disconnected')) throw error;
      // Nobody deals on it any more: what is left is as it was last known.
      const saga = await sagaStore.get(sagaId);
      const account = await accounts.forUser(saga.userId, saga.accountId);
      await end(saga, account, await courses[saga.kind].asKnown(saga));
      return true;
    }
  };
}

/** Whether a decided deal did nothing and its leg deserves another. */
export const mayTryAgain = ({ attempt }: Pick<LegRow, 'attempt'>, { reason }: Pick<DealRow, 'reason'>) =>
  reason !== null && worthAnotherAttempt.has(reason.code) && attempt + 1 < maxAttempts;
