// The broker accepted a deal.
import type { Deal, DealStatus } from '../../../../shared/trading.ts';
import { DealNews, done, result, sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const dealAccepted = notificationKind({
  schema: DealNews,
  severity: 'info',
  title: done,
  body: ({ deal, before }) => sentences(surprise(before), outcome[deal.kind](deal)),
});

function surprise(before: DealStatus | undefined): string | null {
  if (before === 'unknown') return 'The broker has it: its answer had been lost.';
  return before === 'rejected'
    ? 'It had been taken for lost, and the broker has it after all: check your positions.'
    : null;
}

const outcome: Record<Deal['kind'], (deal: Deal) => string> = {
  open: (deal) => `Your position is open${protection(deal)}.`,
  close: ({ profit, profitCurrency }) => result(profit, profitCurrency) ?? 'Your cash shows its result.',
};
function protection({ stopLevel, limitLevel }: Deal): string {
  const levels = [stopLevel && `stop ${stopLevel}`, limitLevel && `limit ${limitLevel}`].filter(Boolean);
  return levels.length > 0 ? `, with ${levels.join(' and ')}` : '';
}
