// The confirm of a deal: what it says, and how long it can be read.
import { decimal } from '../../../shared/decimal.ts';
import { double, spellings, type Spell } from '../numbers.ts';
import { pick } from '../../lib/pick.ts';
import { accountOf } from './state.ts';
import type { Closing, DealDecision } from './decisions.ts';
import type { State } from './types.ts';

/** How long a confirm can be read (observed; IG documents none). */
export const confirmKeptMs = 60_000;

const totalOf = (closings: readonly Closing[], field: 'size' | 'profit') =>
  closings.reduce((sum, closing) => decimal.add(sum, closing[field]), '0');

/** GET /confirms/{dealReference} v1; the streamed copy has `channel` besides. */
export type Confirm = ReturnType<typeof confirmOf>;
type Confirmed = {
  status: string;
  dealId: string;
  affectedDeals: { dealId: string; status: string }[];
  level: string;
  size: string;
  guaranteedStop: boolean;
  trailingStop?: boolean;
} & Partial<Record<'stopLevel' | 'limitLevel' | 'stopDistance' | 'limitDistance' | 'profit', string | null>>;

/**
 * What a decision confirms; undefined for a refusal. A close bears the id of the position, several at once that of the
 * first; a netting deal that reverses bears the new position's id and size, and the profit of what it closed.
 */
function confirmed(deal: DealDecision): Confirmed | undefined {
  if (deal.type === 'rejected') return undefined;
  if (deal.type === 'positionAmended') {
    const { dealId, guaranteed, trailing } = deal.position;
    return {
      ...pick(deal.position, ['dealId', 'level', 'size', 'stopLevel', 'limitLevel']),
      status: 'AMENDED',
      affectedDeals: [{ dealId, status: 'AMENDED' }],
      guaranteedStop: guaranteed !== undefined,
      trailingStop: trailing !== undefined,
    };
  }
  if (deal.type === 'orderChanged') {
    const { order, change } = deal;
    return {
      ...pick(order, ['dealId', 'level', 'size', 'stopDistance', 'limitDistance', 'guaranteedStop']),
      status: change === 'OPENED' ? 'OPEN' : change,
      affectedDeals: [{ dealId: order.dealId, status: change }],
    };
  }
  const { opening, closings, level } = deal;
  const [first] = closings;
  const partly = closings.some(({ remaining }) => remaining !== '0');
  return {
    status: opening ? 'OPEN' : partly ? 'PARTIALLY_CLOSED' : 'CLOSED',
    dealId: opening?.dealId ?? first?.position.dealId ?? deal.dealId,
    affectedDeals: [
      ...closings.map(({ position, remaining }) => ({
        dealId: position.dealId,
        status: remaining === '0' ? 'FULLY_CLOSED' : 'PARTIALLY_CLOSED',
      })),
      ...(opening ? [{ dealId: opening.dealId, status: 'OPENED' }] : []),
    ],
    level,
    size: opening?.size ?? totalOf(closings, 'size'),
    stopLevel: opening?.stopLevel ?? null,
    limitLevel: opening?.limitLevel ?? null,
    guaranteedStop: opening?.guaranteed !== undefined,
    trailingStop: opening?.trailing !== undefined,
    ...(first && { profit: totalOf(closings, 'profit') }),
  };
}
/** In the order of the recorded ones. `spell`: REST writes doubles, the stream plain numbers (both recorded). */
export function confirmOf(deal: DealDecision, spell: Spell) {
  const found: Partial<Confirmed> = confirmed(deal) ?? {};
  const accepted = deal.type !== 'rejected';
  return {
    ...pick(deal, ['direction', 'epic']),
    ...spellings(spell, found, 'stopLevel', 'limitLevel'),
    dealReference: deal.dealReference,
    dealId: found.dealId ?? deal.dealId,
    ...spellings(spell, found, 'limitDistance', 'stopDistance'),
    expiry: accepted ? deal.expiry : null,
    affectedDeals: found.affectedDeals ?? [],
    dealStatus: accepted ? 'ACCEPTED' : 'REJECTED',
    guaranteedStop: found.guaranteedStop ?? false,
    trailingStop: found.trailingStop ?? false,
    level: spell(found.level),
    reason: accepted ? 'SUCCESS' : deal.reason,
    status: found.status ?? null,
    ...spellings(spell, found, 'size', 'profit'),
    profitCurrency: deal.type === 'dealt' && found.profit !== undefined ? deal.currency : null,
    date: deal.at.slice(0, -1).replace(/0{1,2}$/, ''),
  };
}

/** The confirm that can be read at `now`: from `confirmAt` on for a minute; the newest deal of that reference. */
export function findConfirm(
  state: State,
  accountId: string,
  dealReference: string,
  now: Date,
): Confirm | undefined {
  const deal = accountOf(state, accountId).references.get(dealReference);
  if (!deal || deal.confirmAt === null) return undefined;
  const age = now.getTime() - Date.parse(deal.confirmAt);
  return age >= 0 && age < confirmKeptMs ? confirmOf(deal, double) : undefined;
}
