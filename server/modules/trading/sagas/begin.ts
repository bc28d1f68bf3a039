// The beginning of a saga, in one transaction: its row, its legs in the order they keep, and the job that carries it on.
import type { SagaKind, SagaLeft } from '../../../../shared/sagas.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Entry } from '../account-transaction.ts';
import type { RiskStore } from '../risk/store.ts';
import { isDeadMans } from './course.ts';
import type { LegRow, SagaRow, SagaStore } from './store.ts';

export interface NewSaga {
  kind: SagaKind;
  idempotencyKey: string;
  requestHash: string;
}
/** What there is to close or cancel, as our rows have it: what they lack the broker's lists bring at the end. */
export interface Holdings {
  orders(tx: Db | Tx, accountId: string): Promise<SagaLeft[]>;
  positions(tx: Db | Tx, accountId: string): Promise<SagaLeft[]>;
}
/** `afterSeconds`: before its job runs; left out: a moment, while its caller goes on with it. */
export type EnqueueSaga = (tx: Tx, sagaId: string, afterSeconds?: number) => Promise<void>;
export type BeginSaga = (entry: Entry, saga: NewSaga) => Promise<SagaRow>;

/** Orders first: one that is filled meanwhile opens a position. */
export const endsOrders = (kind: SagaKind) => kind !== 'close_all';
export const endsPositions = (kind: SagaKind) => kind !== 'cancel_all';

export const heldFor = async (
  kind: SagaKind,
  holdings: Holdings,
  db: Db | Tx,
  accountId: string,
): Promise<SagaLeft[]> => [
  ...(endsOrders(kind) ? await holdings.orders(db, accountId) : []),
  ...(endsPositions(kind) ? await holdings.positions(db, accountId) : []),
];
export const legFor = ({
  kind,
  dealId,
}: Pick<SagaLeft, 'kind' | 'dealId'>): Pick<LegRow, 'kind' | 'dealId' | 'direction' | 'size'> => ({
  kind: kind === 'order' ? 'cancel_order' : 'close',
  dealId,
  direction: null,
  size: null,
});

export const createBeginSaga =
  ({
    sagaStore,
    riskStore,
    holdings,
    ids,
    enqueue,
  }: {
    sagaStore: Pick<SagaStore, 'insert'>;
    riskStore: Pick<RiskStore, 'saveLimits'>;
    holdings: Holdings;
    ids: Ids;
    enqueue: EnqueueSaga;
  }): BeginSaga =>
  async ({ tx, at, account, risk }, { kind, idempotencyKey, requestHash }) => {
    const held = await heldFor(kind, holdings, tx, account.id);
    const saga: SagaRow = {
      id: ids.next('saga'),
      userId: account.userId,
      accountId: account.id,
      environment: account.environment,
      kind,
      idempotencyKey,
      requestHash,
      target: null,
      found: null,
      startedAt: at,
      looks: 0,
      endedAt: null,
      left: null,
    };
    const legs = held.map((each, index): LegRow => ({ ...legFor(each), sagaId: saga.id, index, attempt: 0 }));
    await sagaStore.insert(tx, saga, legs);
    if (kind === 'flatten') {
      // While its row says that it runs the account only closes (risk/wider.ts); what was admitted before stays here.
      risk.haltEpoch++;
      riskStore.saveLimits(tx, risk);
    }
    await (isDeadMans(saga) ? enqueue(tx, saga.id, 0) : enqueue(tx, saga.id));
    return saga;
  };
