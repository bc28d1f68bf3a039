// trading.closeAll, cancelAll, flatten and setTarget: begun once for a key, carried on by their caller while it waits and by a job afterwards.
import { z } from 'zod';
import { decimal } from '../../../../shared/decimal.ts';
import {
  EndAll,
  type LegOutcome,
  type Saga,
  type SagaKind,
  type SagaLeg,
  type SagaOutcome,
} from '../../../../shared/sagas.ts';
import { SetTarget, type TargetLeg, type TargetOutcome } from '../../../../shared/targets.ts';
import { isTaken, type Transaction } from '../../../db/transaction.ts';
import type { Jobs } from '../../../jobs/index.ts';
import { AppError } from '../../../lib/app-error.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { oncePerKey } from '../../../lib/once-per-key.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import { pick } from '../../../lib/pick.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { DealStore } from '../deals/store.ts';
import { toDeal } from '../deals/views.ts';
import type { Accounts, BrokerAccount, PriceFeed } from '../ports.ts';
import type { BeginSaga, EnqueueSaga } from './begin.ts';
import { keyOf } from './course.ts';
import { endedAs } from './ended.ts';
import { thingOf } from './ending.ts';
import { mayTryAgain, type RunSaga } from './run.ts';
import { endingKind, type LegRow, type SagaRow, type SagaStore } from './store.ts';
import { stepOf, termsOf, type createBeginTarget } from './target.ts';

type BeginTarget = ReturnType<typeof createBeginTarget>;

/** How long a run of the job waits for verdicts before it makes room for others. */
const jobBudgetMs = 5_000;
/** A caller who does not want to wait is still told what a few legs came to. */
const leastWaitMs = 400;
/** Between two runs; and before the first, where its caller does that. */
const againSeconds = 2;
/** One that runs for longer has a job, or has lost it. */
const lookedAfterMs = 30_000;

export type Sagas = ReturnType<typeof createSagas>;

/** The job, apart from what it runs: a saga is begun, and its job enqueued, by what exists before the runner. */
export function createSagaJob({
  jobs,
  transaction,
  sagaStore,
  logger,
  run,
}: {
  jobs: Pick<Jobs, 'define'>;
  transaction: Transaction;
  sagaStore: Pick<SagaStore, 'find'>;
  logger: Logger;
  run: (sagaId: string, budgetMs: number) => Promise<boolean>;
}) {
  const job = jobs.define({
    name: 'trading.run-saga',
    about: 'carries a closing of everything, a flattening or a target on',
    payload: z.object({ sagaId: z.string() }),
    retryLimit: 5,
    retryDelaySeconds: 5,
    expireInSeconds: 120,
    oneWaitingPerKey: true,
    concurrency: 4,
    async ownerOf({ sagaId }) {
      const saga = await sagaStore.find(sagaId);
      return saga && { userId: saga.userId, account: { id: saga.accountId, environment: saga.environment } };
    },
    async run({ sagaId }) {
      const ended = await run(sagaId, jobBudgetMs).catch((err: unknown) => {
        logger.warn({ err, saga: sagaId }, 'a saga could not go on; it is tried again');
        return false;
      });
      if (!ended) await transaction((tx) => enqueue(tx, sagaId));
    },
  });
  const enqueue: EnqueueSaga = (tx, sagaId, afterSeconds = againSeconds) =>
    job.enqueue(tx, { sagaId }, { key: sagaId, afterSeconds });
  return enqueue;
}

interface SagasDeps {
  sagaStore: SagaStore;
  dealStore: Pick<DealStore, 'findByKey' | 'isKeyOfDeal'>;
  inAccount: AccountTransaction;
  transaction: Transaction;
  accounts: Accounts;
  prices: Pick<PriceFeed, 'quote'>;
  beginSaga: BeginSaga;
  beginTarget: BeginTarget;
  runSaga: RunSaga;
  enqueue: EnqueueSaga;
  clock: Clock;
  logger: Logger;
}
/** What is told of any saga, in the terms of its kind. */
const commonFields = ['id', 'accountId', 'environment', 'startedAt', 'endedAt'] as const;
type Common = Pick<Saga, (typeof commonFields)[number]>;
type Shown<Outcome> = (saga: SagaRow, common: Common, legs: readonly LegRow[]) => Promise<Outcome>;
interface Begin {
  /** Before anything is written. */
  check?: (account: BrokerAccount) => Promise<void>;
  /** In the account's transaction. */
  begin: (entry: Entry) => Promise<SagaRow>;
}
interface Asked {
  accountId?: string | undefined;
  idempotencyKey: string;
  waitMs: number;
}

export function createSagas(deps: SagasDeps) {
  const { sagaStore, dealStore, inAccount, transaction, accounts, prices, runSaga, clock, logger } = deps;

  /** Runs begun by callers, who may have their answer before one ends. */
  const underWay = new Set<Promise<unknown>>();

  async function legOf({ userId, endedAt }: SagaRow, leg: LegRow) {
    const row = await dealStore.findByKey(userId, keyOf(leg));
    const deal = row ? toDeal(row) : null;
    const isWaiting = !row || !isDecided(row.status) || mayTryAgain(leg, row);
    const outcome: LegOutcome =
      row?.status === 'accepted' ? 'done' : isWaiting && !endedAt ? 'waiting' : row ? 'refused' : 'gone';
    return { outcome, deal };
  }
  /**
   * For its caller, who is told how far it came within about `waitMs` though many legs take longer to send: it goes on here all the
   * same. What fails is tried again by the job.
   */
  async function carryOn<Outcome>(
    { id }: SagaRow,
    waitMs: number,
    shown: Shown<Outcome>,
    replayed: boolean,
  ): Promise<Outcome & { replayed: boolean }> {
    const going: Promise<unknown> = runSaga(id, waitMs)
      .catch((err: unknown) => logger.warn({ err, saga: id }, 'a saga goes on in its job'))
      .finally(() => underWay.delete(going));
    underWay.add(going);
    const told = new AbortController();
    await Promise.race([going, pause(clock, Math.max(waitMs, leastWaitMs), told.signal)]);
    told.abort();
    return { ...(await shownAs(shown, await sagaStore.get(id))), replayed };
  }
  const shownAs = async <Outcome>(shown: Shown<Outcome>, saga: SagaRow): Promise<Outcome> =>
    shown(saga, pick(saga, commonFields), await sagaStore.legs(saga.id));
  /** Begins one once for a key and carries it on; asked again, the same one as it is by now. */
  function onceForKey<Outcome>(
    userId: string,
    { accountId, idempotencyKey, waitMs }: Asked,
    requestHash: string,
    { check = async () => {}, begin }: Begin,
    shown: Shown<Outcome>,
  ): Promise<Outcome & { replayed: boolean }> {
    const find = () => sagaStore.findByKey(userId, idempotencyKey);
    return oncePerKey({
      requestHash,
      found: find(),
      find,
      replay: (saga) => carryOn(saga, waitMs, shown, true),
      async perform() {
        const account = await accounts.forUser(userId, accountId);
        await check(account);
        const begun = await inAccount(account, async (entry) => {
          if (!entry.risk.connected || account.disconnectedAt) throw new AppError('accounts.disconnected');
          // Under the lock under which the account's deals are admitted.
          if (await dealStore.isKeyOfDeal(entry.tx, userId, idempotencyKey))
            throw new AppError('trading.key_reused');
          return begin(entry);
        }).catch(async (error: unknown) => {
          // What keeps it from being begun may be that it was begun under this key a moment ago.
          if (isTaken(error, 'sagas_user_key') || (error instanceof AppError && (await find())))
            return undefined;
          throw error;
        });
        return begun && carryOn(begun, waitMs, shown, false);
      },
      reused: 'trading.key_reused',
    });
  }

  const ended: Shown<Saga> = async (saga, common, legRows) => {
    const legs: SagaLeg[] = [];
    for (const leg of legRows)
      legs.push({
        kind: leg.kind === 'close' ? 'close' : 'cancel_order',
        dealId: thingOf(leg),
        ...(await legOf(saga, leg)),
      });
    const left = saga.left ?? [];
    const status = !common.endedAt ? 'running' : endedAs(saga);
    return { ...common, kind: endingKind(saga), status, legs, left };
  };
  const targeted: Shown<Omit<TargetOutcome, 'replayed'>> = async (saga, common, legRows) => {
    const { epic, netSize } = termsOf(saga);
    const { found } = saga;
    const legs: TargetLeg[] = [];
    for (const leg of legRows) legs.push({ ...stepOf(leg), ...(await legOf(saga, leg)) });
    const status = !common.endedAt ? 'running' : endedAs(saga);
    return { ...common, epic, netSize, status, legs, found };
  };

  return {
    /** Ends what an account holds. Throws accounts.*, trading.key_reused. */
    end(kind: SagaKind, userId: string, input: z.output<typeof EndAll>): Promise<SagaOutcome> {
      const requestHash = hashes[kind](input);
      const { idempotencyKey } = input;
      const begin = (entry: Entry) => deps.beginSaga(entry, { kind, idempotencyKey, requestHash });
      return onceForKey(userId, input, requestHash, { begin }, ended);
    },
    /** One that ends what an account holds, whoever began it, as it is by now. Throws trading.saga_not_found, also for somebody else's and for a target. */
    async get(userId: string, id: string): Promise<Saga> {
      const saga = await sagaStore.find(id);
      if (saga?.userId !== userId || saga.kind === 'set_target') throw new AppError('trading.saga_not_found');
      return shownAs(ended, saga);
    },
    /** Leads to a net size in one market. Throws accounts.*, trading.key_reused, trading.market_busy, market_data.unknown_epic, broker.*. */
    setTarget(userId: string, input: SetTarget): Promise<TargetOutcome> {
      const requestHash = hashOfTarget(input);
      const { idempotencyKey } = input;
      const netSize = decimal.canonical(input.netSize);
      const terms = { ...pick(input, ['epic', 'tag', 'note']), netSize };
      const begin = (entry: Entry) => deps.beginTarget(entry, { terms, idempotencyKey, requestHash });
      const check = async ({ feed }: BrokerAccount) => {
        if (await prices.quote(feed, input.epic)) return;
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `is ${input.epic}, which is no market of the feed ${feed}` },
        });
      };
      return onceForKey(userId, input, requestHash, { check, begin }, targeted);
    },
    /** Resolves when no run that a caller began is under way any more. */
    settled: async (): Promise<void> => void (await Promise.all(underWay)),
    /** Finds those whose job was lost. */
    async sweep(): Promise<void> {
      for (const id of await sagaStore.listRunning(new Date(clock.now().getTime() - lookedAfterMs)))
        await transaction((tx) => deps.enqueue(tx, id));
    },
  };
}

const hashOfTarget = requestHash(SetTarget, 'set_target');
const hashes: Record<SagaKind, (input: z.output<typeof EndAll>) => string> = {
  close_all: requestHash(EndAll, 'close_all'),
  cancel_all: requestHash(EndAll, 'cancel_all'),
  flatten: requestHash(EndAll, 'flatten'),
};
