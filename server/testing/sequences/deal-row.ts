// The row of a deal as its admission writes it, for a request of a history. No I/O.
import type { DealRow } from '../../modules/trading/deals/life.ts';
import type { BrokerAccount } from '../../modules/trading/ports.ts';
import { rowOf } from '../model/intent.ts';
import { scenarios } from '../model/scenarios.ts';
import type { Request } from './history.ts';

interface Known {
  dealReference: string | null;
  positionSize: string | null;
  evidenceAfter: Date | null;
}

/** As it is once its answer came, or was lost. `reference`: the broker's, where that answer told it. */
export function dealRowOf(
  { id, ask, isAnswered }: Request,
  account: Pick<BrokerAccount, 'id' | 'userId'>,
  { known, at, reference, id: rowId }: { known: Known; at: Date; reference: string | null; id: string },
): DealRow {
  const isOrder = ask.kind.endsWith('_order');
  return {
    ...rowOf(rowId, ask, known, at),
    ...(isAnswered && reference !== null
      ? { status: 'submitted', dealReference: reference }
      : { status: 'unknown', connectionClosedAt: at }),
    userId: account.userId,
    accountId: account.id,
    environment: 'simulated',
    idempotencyKey: id,
    requestHash: id,
    referenceOf: scenarios[ask.kind].referenceOf,
    epic: 'E',
    expiry: '-',
    name: 'E',
    currency: 'GBP',
    orderType: isOrder ? 'limit' : null,
    worstLevel: null,
    tolerance: null,
    tag: null,
    note: null,
    raisesRisk: false,
    positionVersion: null,
    reserved: '0',
    exposure: null,
    sentAt: null,
    answeredAt: null,
  } as DealRow;
}
