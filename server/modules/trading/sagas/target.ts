// trading.setTarget: the deals that lead from what is open in a market to the net size wanted, begun under the account's lock and carried on as a saga.
import { decimal } from '../../../../shared/decimal.ts';
import type { RequestOf } from '../../../../shared/deal-requests.ts';
import type { SetTarget } from '../../../../shared/targets.ts';
import type { Direction } from '../../../../shared/trading.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Entry } from '../account-transaction.ts';
import type { Evidence } from '../ports.ts';
import type { DealStore } from '../deals/store.ts';
import { keyOf, maxLooks, type Course } from './course.ts';
import type { LegRow, SagaRow, SagaStore } from './store.ts';

/** Later than this nobody knows whether the size is still wanted at the price of then. */
const beginWithinMs = 60_000;

/** Sizes that are open in one market, each way. */
export interface Exposure {
  bought: string;
  sold: string;
}
export interface Step {
  direction: Direction;
  size: string;
}
export const netOf = ({ bought, sold }: Exposure): string => decimal.subtract(bought, sold);

/**
 * The deals that make the net size `wanted`, each of which nets what is open the other way: none where it is so already, two where more
 * is wanted the other way than is open, so that no deal turns a position over.
 */
export function stepsTo(wanted: string, open: Exposure): Step[] {
  const change = decimal.subtract(wanted, netOf(open));
  const sign = decimal.compare(change, '0');
  if (sign === 0) return [];
  const direction = sign > 0 ? 'BUY' : 'SELL';
  const size = sign > 0 ? change : decimal.subtract('0', change);
  const facing = direction === 'BUY' ? open.sold : open.bought;
  const first = decimal.compare(facing, '0') > 0 && decimal.compare(size, facing) > 0 ? facing : size;
  const rest = decimal.subtract(size, first);
  return [first, rest].filter((each) => each !== '0').map((each) => ({ direction, size: each }));
}

/** Both ways, of positions as the broker lists them or as our rows have them. */
export function exposureOf(positions: readonly { direction: Direction; size: string }[]): Exposure {
  const sum = (wanted: Direction) =>
    positions
      .filter(({ direction }) => direction === wanted)
      .reduce((total, { size }) => decimal.add(total, size), '0');
  return { bought: sum('BUY'), sold: sum('SELL') };
}

export interface NewTarget {
  terms: NonNullable<SagaRow['target']>;
  idempotencyKey: string;
  requestHash: string;
}
/**
 * Begins one in the account's transaction. Throws trading.market_busy while a deal in the market awaits its verdict, or another target
 * runs: what is open is not known then.
 */
export const createBeginTarget =
  ({
    sagaStore,
    ids,
    enqueue,
  }: {
    sagaStore: Pick<SagaStore, 'insert' | 'openIn' | 'isBusy'>;
    ids: Ids;
    enqueue: (tx: Tx, sagaId: string) => Promise<void>;
  }) =>
  async ({ tx, at, account }: Entry, { terms, idempotencyKey, requestHash }: NewTarget): Promise<SagaRow> => {
    if (await sagaStore.isBusy(tx, account.id, terms.epic)) throw new AppError('trading.market_busy');
    const steps = stepsTo(terms.netSize, exposureOf(await sagaStore.openIn(tx, account.id, terms.epic)));
    const saga: SagaRow = {
      id: ids.next('target'),
      userId: account.userId,
      accountId: account.id,
      environment: account.environment,
      kind: 'set_target',
      idempotencyKey,
      requestHash,
      target: terms,
      found: null,
      startedAt: at,
      looks: 0,
      endedAt: null,
      left: null,
    };
    const legs = steps.map((step, index): LegRow => ({
      ...step,
      sagaId: saga.id,
      index,
      kind: 'net',
      dealId: null,
      attempt: 0,
    }));
    await sagaStore.insert(tx, saga, legs);
    await enqueue(tx, saga.id);
    return saga;
  };

export function createTargetCourse({
  db,
  sagaStore,
  dealStore,
  evidence,
  deal,
}: {
  db: Db;
  dealStore: Pick<DealStore, 'findByKey'>;
  sagaStore: Pick<SagaStore, 'openIn' | 'undecidedIn'>;
  evidence: Pick<Evidence, 'positions'>;
  /** One deal, once for its key. */
  deal: (kind: 'net', userId: string, input: RequestOf['net']) => Promise<void>;
}): Course {
  const isDealt = async ({ userId }: SagaRow, legs: readonly LegRow[]) => {
    for (const leg of legs)
      if ((await dealStore.findByKey(userId, keyOf(leg)))?.status === 'accepted') return true;
    return false;
  };
  return {
    inTurn: true,
    beginWithinMs,
    ask(saga, leg, idempotencyKey) {
      const { epic, tag, note } = termsOf(saga);
      const { accountId, userId } = saga;
      const step = { ...stepOf(leg), forceOpen: false as const, tag, note };
      return deal('net', userId, { accountId, epic, ...step, idempotencyKey, waitMs: 0 });
    },
    undecidedOn: (saga) => sagaStore.undecidedIn(saga.accountId, termsOf(saga).epic),
    underWay: async () => [],
    async look(saga, account, legs) {
      const { epic, netSize } = termsOf(saga);
      const listed = (await evidence.positions(account)).filter((position) => position.epic === epic);
      const found = netOf(exposureOf(listed));
      const isThere = decimal.compare(found, netSize) === 0;
      // Where nothing was dealt the list lacks nothing.
      const isFinal = isThere || saga.looks >= maxLooks || !(await isDealt(saga, legs));
      return isFinal ? { left: [], found } : 'later';
    },
    asKnown: async (saga) => ({
      left: [],
      found: netOf(exposureOf(await sagaStore.openIn(db, saga.accountId, termsOf(saga).epic))),
    }),
  };
}

export function termsOf({ id, target }: SagaRow): Pick<SetTarget, 'epic' | 'netSize' | 'tag' | 'note'> {
  if (!target) throw new Error(`invariant: the saga ${id} has no target`);
  return target;
}
export function stepOf({ sagaId, index, direction, size }: LegRow): Step {
  if (direction === null || size === null)
    throw new Error(`invariant: leg ${index} of the saga ${sagaId} is no step to a target`);
  return { direction, size };
}
