// Confirms, positions and stream messages in IG's field names, derived from decisions and state. Sends nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instruments.ts';
import { accountOf } from './state.ts';
import type { Closing, Dealt, Decision, Position, Rejected, State } from './types.ts';
import type { AccountFigures } from './value.ts';

/** How long a confirm can be read (observed; IG documents none). */
export const confirmKeptMs = 60_000;

const number = (text: string | null) => (text === null ? null : Number(text));
/** Quote and size texts are short enough for a float to print them as they are. */
const plainDate = (at: string) => at.slice(0, -1);
const totalOf = (closings: readonly Closing[], field: 'size' | 'profit') => closings.reduce((sum, closing) => decimal.add(sum, closing[field]), '0');

/** GET /confirms/{dealReference} v1; the streamed copy has `channel` besides. */
export type Confirm = ReturnType<typeof confirmOf>;

/**
 * The confirm of a deal. A close bears the id of the position, several at once that of the first; a netting deal that
 * reverses bears the new position's id and size, and the profit of what it closed.
 */
export function confirmOf(deal: Dealt | Rejected) {
  const { direction, epic, dealReference, at } = deal;
  const dealt = deal.type === 'dealt' ? deal : undefined;
  const { opening = null, closings = [] } = dealt ?? {};
  const closed = closings[0] && { partly: closings.some(({ remaining }) => remaining !== '0'), dealId: closings[0].position.dealId };
  return {
    direction, epic, stopLevel: number(opening?.stopLevel ?? null), limitLevel: number(opening?.limitLevel ?? null), dealReference,
    dealId: opening?.dealId ?? closed?.dealId ?? deal.dealId, limitDistance: null, stopDistance: null, expiry: dealt?.expiry ?? null,
    affectedDeals: [
      ...closings.map(({ position, remaining }) => ({ dealId: position.dealId, status: remaining === '0' ? 'FULLY_CLOSED' : 'PARTIALLY_CLOSED' })),
      ...(opening ? [{ dealId: opening.dealId, status: 'OPENED' }] : []),
    ],
    dealStatus: dealt ? 'ACCEPTED' : 'REJECTED', guaranteedStop: false, trailingStop: false, level: number(dealt?.level ?? null),
    reason: deal.type === 'rejected' ? deal.reason : 'SUCCESS', status: opening ? 'OPEN' : closed ? (closed.partly ? 'PARTIALLY_CLOSED' : 'CLOSED') : null,
    size: dealt ? Number(opening?.size ?? totalOf(closings, 'size')) : null, profit: closed ? Number(totalOf(closings, 'profit')) : null,
    profitCurrency: closed && dealt ? dealt.currency : null, date: plainDate(at).replace(/0{1,2}$/, ''),
  };
}

/** The confirm that can be read at `now`: from `confirmAt` on for a minute; the newest deal of that reference. */
export function findConfirm(state: State, accountId: string, dealReference: string, now: Date): Confirm | undefined {
  const deal = accountOf(state, accountId).references.get(dealReference);
  if (!deal || deal.confirmAt === null) return undefined;
  const age = now.getTime() - Date.parse(deal.confirmAt);
  return age >= 0 && age < confirmKeptMs ? confirmOf(deal) : undefined;
}

function opuOf({ dealReference, dealId, direction, epic, channel, expiry, stopLevel, limitLevel }: Position, status: 'OPEN' | 'UPDATED' | 'DELETED', level: string, size: string, at: string) {
  return {
    dealReference, dealId, direction, epic, status, dealStatus: 'ACCEPTED', level: Number(level), size: Number(size), timestamp: plainDate(at), channel,
    dealIdOrigin: dealId, expiry, stopLevel: number(stopLevel), limitLevel: number(limitLevel), guaranteedStop: false,
  };
}
export type OpenPositionUpdate = ReturnType<typeof opuOf>;

/** What `TRADE:{accountId}` says of a decision: at most one CONFIRMS, due at `confirmAt`, and one OPU per position touched. */
export interface TradeMessages { accountId: string; confirmAt: string | null; confirms: (Confirm & { channel: string }) | null; opu: readonly OpenPositionUpdate[] }

/** Stream messages of a decision; null when it has none (cash). The texts of the stream are their JSON. */
export function messagesOf(decision: Decision): TradeMessages | null {
  if (decision.type === 'accountCreated' || decision.type === 'cashAdjusted') return null;
  const { accountId, confirmAt, at } = decision;
  const confirms = confirmAt === null ? null : { ...confirmOf(decision), channel: 'PublicRestOTC' };
  if (decision.type === 'rejected') return { accountId, confirmAt, confirms, opu: [] };
  const { closings, opening, level } = decision;
  const closed = closings.map(({ position, remaining }) => (remaining === '0' ? opuOf(position, 'DELETED', level, '0', at) : opuOf(position, 'UPDATED', position.level, remaining, at)));
  return { accountId, confirmAt, confirms, opu: opening ? [...closed, opuOf(opening, 'OPEN', opening.level, opening.size, at)] : closed };
}

/** The `position` part of GET /positions v2; `offsetMs` is what the account's clock is ahead of UTC. */
export function positionOf(position: Position, instrument: Instrument, offsetMs = 0) {
  const { dealId, dealReference, size, direction, limitLevel, level, currency, stopLevel, openedAt } = position;
  const local = new Date(Date.parse(openedAt) + offsetMs).toISOString();
  return {
    contractSize: Number(instrument.contractSize ?? 1), createdDate: `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)}:${local.slice(20, 23)}`, createdDateUTC: openedAt.slice(0, 19),
    dealId, dealReference, size: Number(size), direction, limitLevel: number(limitLevel), level: Number(level), currency, controlledRisk: false, stopLevel: number(stopLevel),
    trailingStep: null, trailingStopDistance: null, limitedRiskPremium: null,
  };
}

/** The fields of `ACCOUNT:{accountId}`, two decimals each. No guaranteed stops: all is "not limited risk" (NLR). */
export function accountItem(figures: AccountFigures) {
  const text = (value: string) => Number(value).toFixed(2);
  const [pnl, margin, available] = [text(figures.profitLoss), text(figures.deposit), text(figures.available)];
  return {
    PNL: pnl, DEPOSIT: margin, AVAILABLE_CASH: available, PNL_LR: '0.00', PNL_NLR: pnl, FUNDS: text(figures.cash), MARGIN: margin, MARGIN_LR: '0.00', MARGIN_NLR: margin,
    AVAILABLE_TO_DEAL: available, EQUITY: text(figures.equity), EQUITY_USED: text(figures.equityUsedPct),
  };
}
