// Activity and transaction history in IG's shapes, derived from an account's decisions. Paging and filters live with REST.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instruments.ts';
import { shortReference } from './ids.ts';
import { newestFirst } from './persistent.ts';
import { accountOf } from './state.ts';
import type { Decision, State } from './types.ts';

type Names = (epic: string) => Pick<Instrument, 'name'> | undefined;

/** An account's decisions that are kept, newest first; `at` (ISO UTC, never rising) is what ranges are applied to. */
export const decisionsOf = (state: State, accountId: string): Generator<Decision> => newestFirst(accountOf(state, accountId).history);

const local = (at: string, offsetMs: number) => new Date(Date.parse(at) + offsetMs).toISOString().slice(0, 19);
const number = (text: string | null) => (text === null ? null : Number(text));

/** GET /history/activity v3, one row with its details; undefined for decisions that are no activity (cash). */
export function activityOf(decision: Decision, nameOf: Names, offsetMs = 0) {
  if (decision.type !== 'dealt' && decision.type !== 'rejected') return undefined;
  const { at, epic, expiry, dealId, dealReference, direction, size, cause } = decision;
  const dealt = decision.type === 'dealt' ? decision : undefined;
  const { closings = [], opening = null } = dealt ?? {};
  const actions = [
    ...closings.map(({ position, remaining }) => ({ actionType: remaining === '0' ? 'POSITION_CLOSED' : 'POSITION_PARTIALLY_CLOSED', affectedDealId: position.dealId })),
    ...(opening ? [{ actionType: 'POSITION_OPENED', affectedDealId: opening.dealId }] : []),
  ];
  const closed = closings.map(({ position }) => shortReference(position.dealId)).join(', ');
  const partly = closings.some(({ remaining }) => remaining !== '0');
  const sentences = [
    ...(closed ? [`${partly ? 'Position partially closed' : 'Position/s closed'}: ${closed}`] : []),
    ...(opening ? [`Position opened: ${shortReference(opening.dealId)}`] : []),
  ];
  return {
    date: local(at, offsetMs), epic, period: expiry, dealId, channel: cause === 'request' ? 'PUBLIC_WEB_API' : 'SYSTEM', type: 'POSITION', status: dealt ? 'ACCEPTED' : 'REJECTED',
    description: decision.type === 'rejected' ? `Deal rejected: ${decision.reason}` : sentences.join('; '),
    details: {
      dealReference, actions, marketName: (epic === null ? undefined : nameOf(epic)?.name) ?? null, goodTillDate: null, currency: opening?.currency ?? closings[0]?.position.currency ?? null,
      size: Number(size), direction, level: number(dealt?.level ?? null), stopLevel: number(opening?.stopLevel ?? null), stopDistance: null, guaranteedStop: false,
      trailingStopDistance: null, trailingStep: null, limitLevel: number(opening?.limitLevel ?? null), limitDistance: null,
    },
  };
}

/** How IG marks amounts; no ISO code for every account. */
const sign = (currency: string) => ({ GBP: '£', USD: 'US' })[currency] ?? currency;
const amountText = (currency: string, amount: string) => sign(currency) + Number(amount).toFixed(2);

/** GET /history/transactions v2, the rows of one decision: one per position closed, one for cash, none otherwise. */
export function transactionsOf(decision: Decision, accountCurrency: string, nameOf: Names, offsetMs = 0) {
  const { at, dealId } = decision;
  const common = { date: local(at, offsetMs), dateUtc: at.slice(0, 19), reference: shortReference(dealId), currency: sign(accountCurrency) };
  if (decision.type === 'rejected') return [];
  if (decision.type === 'dealt') {
    return decision.closings.map(({ position, size, profit, rate }) => ({
      ...common, openDateUtc: position.openedAt.slice(0, 19), instrumentName: (nameOf(position.epic)?.name.trim() ?? position.epic) + (rate === '1' ? '' : ` converted at ${rate}`),
      period: position.expiry, profitAndLoss: amountText(accountCurrency, profit), transactionType: 'DEAL', openLevel: position.level, closeLevel: decision.level,
      size: `${position.direction === 'BUY' ? '+' : '-'}${size}`, cashTransaction: false,
    }));
  }
  if (decision.type !== 'accountCreated' && decision.type !== 'cashAdjusted') return [];
  const [amount, name] = decision.type === 'accountCreated' ? [decision.cash, 'Opening balance'] : [decision.amount, decision.note];
  const incoming = decimal.compare(amount, '0') >= 0;
  return decimal.compare(amount, '0') === 0 ? [] : [{
    ...common, openDateUtc: at.slice(0, 19), instrumentName: name || (incoming ? 'Deposit' : 'Withdrawal'), period: '-', profitAndLoss: amountText(accountCurrency, amount),
    transactionType: incoming ? 'DEPO' : 'WITH', openLevel: '-', closeLevel: '0', size: '-', cashTransaction: true,
  }];
}
