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
  net: (deal) => [netted(deal), result(deal.profit, deal.profitCurrency)].filter(Boolean).join(' '),
  amend: (deal) => `It has ${levels(deal)} now.`,
  place_order: ({ orderLevel, goodTillAt }) =>
    `It rests at ${orderLevel}${goodTillAt === null ? '' : ` until ${goodTillAt.toISOString()}`}.`,
  amend_order: ({ orderLevel, goodTillAt }) =>
    `It rests at ${orderLevel} now${goodTillAt === null ? '' : `, until ${goodTillAt.toISOString()}`}.`,
  cancel_order: () => 'It will not be filled any more.',
  close: ({ profit, profitCurrency }) => result(profit, profitCurrency) ?? 'Your cash shows its result.',
};
/** What it did, where the broker tells it. */
function netted({ affected }: Deal): string {
  const ofAction = (wanted: string) =>
    (affected ?? []).filter(({ action }) => action === wanted).map(({ dealId }) => dealId);
  const closed = ofAction('closed');
  const reduced = ofAction('partially_closed');
  const opened = ofAction('opened');
  return [
    closed.length > 0 && `Closed: ${closed.join(', ')}.`,
    reduced.length > 0 && `Closed in part: ${reduced.join(', ')}.`,
    opened.length > 0 && `Opened: ${opened.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}
const protection = (deal: Deal): string =>
  (deal.stopLevel ?? deal.limitLevel) ? `, with ${levels(deal)}` : '';
const levels = ({ stopLevel, limitLevel }: Deal): string =>
  [stopLevel && `stop ${stopLevel}`, limitLevel && `limit ${limitLevel}`].filter(Boolean).join(' and ') ||
  'neither stop nor limit';
