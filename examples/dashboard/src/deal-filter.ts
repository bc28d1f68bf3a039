// Which of the latest deals are shown: by how they ended, and by what they were. Pure.
import type { Deal, DealKindName } from '../../../client/index.ts';
import { isDecided } from './deal-words.ts';

export const endings = {
  any: 'Any status',
  undecided: 'Not decided',
  accepted: 'Accepted',
  refused: 'Rejected or denied',
} as const;
export const kinds = {
  any: 'All kinds',
  positions: 'Opened and closed',
  orders: 'Working orders',
  changes: 'Stops and limits',
} as const;
export interface DealFilter {
  ending: keyof typeof endings;
  kind: keyof typeof kinds;
}
export const noFilter: DealFilter = { ending: 'any', kind: 'any' };

export const kindOf: Record<DealKindName, DealFilter['kind']> = {
  open: 'positions',
  net: 'positions',
  close: 'positions',
  amend: 'changes',
  place_order: 'orders',
  amend_order: 'orders',
  cancel_order: 'orders',
};
export const endingOf = ({ status }: Deal): DealFilter['ending'] =>
  !isDecided(status) ? 'undecided' : status === 'accepted' ? 'accepted' : 'refused';

export const filterDeals = (deals: readonly Deal[], { ending, kind }: DealFilter): readonly Deal[] =>
  deals.filter(
    (deal) =>
      (ending === 'any' || endingOf(deal) === ending) && (kind === 'any' || kindOf[deal.kind] === kind),
  );
