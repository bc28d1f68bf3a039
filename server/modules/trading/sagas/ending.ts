// Ending what an account holds, each position and order by a deal of its own, until the broker's own lists show nothing left.
import type { RequestOf } from '../../../../shared/deal-requests.ts';
import type { SagaLeft } from '../../../../shared/sagas.ts';
import type { Db } from '../../../db/transaction.ts';
import type { DealStore } from '../deals/store.ts';
import type { Reconcile } from '../evidence/reconcile.ts';
import type { BrokerAccount, Evidence } from '../ports.ts';
import { endsOrders, endsPositions, heldFor, legFor, type Holdings } from './begin.ts';
import { keyOf, maxLooks, type Course, type Look } from './course.ts';
import { endingKind, type LegRow, type SagaRow, type SagaStore } from './store.ts';

/** By the broker's clock, to the second: what was opened since is not what was asked to be closed. */
const toSecondMs = 1_000;

interface EndingCourseDeps {
  db: Db;
  holdings: Holdings;
  sagaStore: SagaStore;
  dealStore: Pick<DealStore, 'findByKey'>;
  evidence: Pick<Evidence, 'positions' | 'orders'>;
  reconcile: Reconcile;
  /** One deal, once for its key. */
  deal: <Kind extends 'close' | 'cancel_order'>(
    kind: Kind,
    userId: string,
    input: RequestOf[Kind],
  ) => Promise<void>;
}

export function createEndingCourse(deps: EndingCourseDeps): Course {
  const { sagaStore, dealStore, evidence, reconcile, deal } = deps;

  /** What the broker lists now of what was to end. Throws broker.*. */
  async function leftOf(saga: SagaRow, account: BrokerAccount, legs: readonly LegRow[]): Promise<SagaLeft[]> {
    const kind = endingKind(saga);
    const known = new Set(legs.map(({ dealId }) => dealId));
    const wasThere = (dealId: string, since: Date) =>
      kind === 'flatten' || known.has(dealId) || since.getTime() + toSecondMs <= saga.startedAt.getTime();
    const orders = endsOrders(kind) ? await evidence.orders(account) : [];
    const positions = endsPositions(kind) ? await evidence.positions(account) : [];
    const named = ({ dealId, epic, direction, size }: Omit<SagaLeft, 'kind'>) => ({
      dealId,
      epic,
      direction,
      size,
    });
    return [
      ...orders
        .filter(({ dealId, placedAt }) => wasThere(dealId, placedAt))
        .map((order) => ({ kind: 'order' as const, ...named(order) })),
      ...positions
        .filter(({ dealId, openedAt }) => wasThere(dealId, openedAt))
        .map((position) => ({ kind: 'position' as const, ...named(position) })),
    ];
  }

  /** What no leg is for, once our rows have it too. A filled order leaves a position under its own id: a leg of another kind. */
  async function takeUp(saga: SagaRow, legs: readonly LegRow[], left: readonly SagaLeft[]): Promise<boolean> {
    const wanted = left
      .map(legFor)
      .filter((leg) => !legs.some(({ kind, dealId }) => kind === leg.kind && dealId === leg.dealId));
    if (wanted.length === 0) return false;
    await reconcile.account(saga.accountId);
    await sagaStore.append(
      wanted.map((leg, index) => ({ ...leg, sagaId: saga.id, index: legs.length + index, attempt: 0 })),
    );
    return true;
  }

  return {
    inTurn: false,
    beginWithinMs: null,
    ask({ userId, accountId }, leg, idempotencyKey) {
      const input = { accountId, dealId: thingOf(leg), idempotencyKey, waitMs: 0 };
      return deal(leg.kind === 'close' ? 'close' : 'cancel_order', userId, input);
    },
    undecidedOn: ({ accountId }, leg) => sagaStore.undecidedOn(accountId, thingOf(leg)),
    // What was sent before it began may still open something.
    underWay: async (saga) => (saga.kind === 'flatten' ? sagaStore.underWay(saga) : []),
    async look(saga, account, legs): Promise<Look> {
      const left = await leftOf(saga, account, legs);
      const ending = { left, found: null };
      if (left.length === 0 || saga.looks >= maxLooks) return ending;
      if (await takeUp(saga, legs, left)) return 'again';
      const refused = await Promise.all(
        legs.map(async (leg) => {
          const row = await dealStore.findByKey(saga.userId, keyOf(leg));
          return row?.status === 'rejected' || row?.status === 'denied' ? leg.dealId : null;
        }),
      );
      return left.every(({ dealId }) => refused.includes(dealId)) ? ending : 'later';
    },
    asKnown: async (saga) => ({
      left: await heldFor(endingKind(saga), deps.holdings, deps.db, saga.accountId),
      found: null,
    }),
  };
}

/** The position or order of a leg. */
export function thingOf({ sagaId, index, dealId }: LegRow): string {
  if (dealId === null) throw new Error(`invariant: leg ${index} of the saga ${sagaId} names nothing to end`);
  return dealId;
}
