// Confirms, positions and stream messages in IG's field names, derived from decisions and state. Sends nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { accountOf } from './state.ts';
import { double, plain, type Spell } from '../numbers.ts';
import { longDate, second } from './texts.ts';
import type { Closing, DealDecision, Decision, Position, State, WorkingOrder } from './types.ts';
import type { AccountFigures } from './value.ts';

/** How long a confirm can be read (observed; IG documents none). */
export const confirmKeptMs = 60_000;

const plainDate = (at: string) => at.slice(0, -1);
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
    const { dealId, level, size, stopLevel, limitLevel, guaranteed, trailing } = deal.position;
    return {
      status: 'AMENDED',
      dealId,
      affectedDeals: [{ dealId, status: 'AMENDED' }],
      level,
      size,
      stopLevel,
      limitLevel,
      guaranteedStop: guaranteed !== undefined,
      trailingStop: trailing !== undefined,
    };
  }
  if (deal.type === 'orderChanged') {
    const {
      order: { dealId, level, size, stopDistance, limitDistance, guaranteedStop },
      change,
    } = deal;
    return {
      status: change === 'OPENED' ? 'OPEN' : change,
      dealId,
      affectedDeals: [{ dealId, status: change }],
      level,
      size,
      stopDistance,
      limitDistance,
      guaranteedStop,
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
/** `spell`: REST writes doubles, the stream plain numbers (both recorded). */
export function confirmOf(deal: DealDecision, spell: Spell) {
  const { direction, epic, expiry, dealReference, at } = deal;
  const found = confirmed(deal);
  return {
    direction,
    epic,
    stopLevel: spell(found?.stopLevel),
    limitLevel: spell(found?.limitLevel),
    dealReference,
    dealId: found?.dealId ?? deal.dealId,
    limitDistance: spell(found?.limitDistance),
    stopDistance: spell(found?.stopDistance),
    expiry: found ? expiry : null,
    affectedDeals: found?.affectedDeals ?? [],
    dealStatus: found ? 'ACCEPTED' : 'REJECTED',
    guaranteedStop: found?.guaranteedStop ?? false,
    trailingStop: found?.trailingStop ?? false,
    level: spell(found?.level),
    reason: deal.type === 'rejected' ? deal.reason : 'SUCCESS',
    status: found?.status ?? null,
    size: spell(found?.size),
    profit: spell(found?.profit),
    profitCurrency: deal.type === 'dealt' && found?.profit !== undefined ? deal.currency : null,
    date: plainDate(at).replace(/0{1,2}$/, ''),
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

type UpdateStatus = 'OPEN' | 'UPDATED' | 'DELETED';
function opuOf(
  { dealReference, dealId, direction, epic, channel, expiry, stopLevel, limitLevel, guaranteed }: Position,
  status: UpdateStatus,
  level: string,
  size: string,
  at: string,
) {
  return {
    dealReference,
    dealId,
    direction,
    epic,
    status,
    dealStatus: 'ACCEPTED',
    level: plain(level),
    size: plain(size),
    timestamp: plainDate(at),
    channel,
    dealIdOrigin: dealId,
    expiry,
    stopLevel: plain(stopLevel),
    limitLevel: plain(limitLevel),
    guaranteedStop: guaranteed !== undefined,
  };
}
/** An order that was reached but could not be filled goes with dealStatus REJECTED. */
function wouOf(
  {
    dealReference,
    dealId,
    direction,
    epic,
    level,
    size,
    expiry,
    currency,
    stopDistance,
    limitDistance,
    guaranteedStop,
    kind,
    goodTill,
  }: WorkingOrder,
  status: UpdateStatus,
  at: string,
  dealStatus = 'ACCEPTED',
) {
  return {
    dealReference,
    dealId,
    direction,
    epic,
    status,
    dealStatus,
    level: plain(level),
    size: plain(size),
    timestamp: plainDate(at),
    channel: 'PublicRestOTC',
    expiry,
    currency,
    stopDistance: plain(stopDistance),
    limitDistance: plain(limitDistance),
    guaranteedStop,
    orderType: kind,
    timeInForce: goodTill === null ? 'GOOD_TILL_CANCELLED' : 'GOOD_TILL_DATE',
    goodTillDate: goodTill && second(goodTill),
  };
}
type OpenPositionUpdate = ReturnType<typeof opuOf>;
type WorkingOrderUpdate = ReturnType<typeof wouOf>;

/** What `TRADE:{accountId}` says of a decision: at most one CONFIRMS, due at `confirmAt`, one OPU per position touched, one WOU of an order. */
export interface TradeMessages {
  accountId: string;
  confirmAt: string | null;
  confirms: (Confirm & { channel: string }) | null;
  wou: readonly WorkingOrderUpdate[];
  opu: readonly OpenPositionUpdate[];
}

/** Stream messages of a decision; null when it has none (cash, preferences). The texts of the stream are their JSON. */
export function messagesOf(decision: Decision): TradeMessages | null {
  if (!('dealReference' in decision)) return null;
  const { accountId, confirmAt } = decision;
  const confirms = confirmAt === null ? null : { ...confirmOf(decision, plain), channel: 'PublicRestOTC' };
  return { accountId, confirmAt, confirms, ...updatesOf(decision) };
}
const orderStatus = { OPENED: 'OPEN', AMENDED: 'UPDATED', DELETED: 'DELETED' } as const;
function updatesOf(decision: DealDecision): Pick<TradeMessages, 'opu' | 'wou'> {
  const { at } = decision;
  if (decision.type === 'rejected') return { opu: [], wou: [] };
  if (decision.type === 'positionAmended')
    return {
      opu: [opuOf(decision.position, 'UPDATED', decision.position.level, decision.position.size, at)],
      wou: [],
    };
  if (decision.type === 'orderChanged')
    return {
      opu: [],
      wou: [wouOf(decision.order, orderStatus[decision.change], at, decision.reason && 'REJECTED')],
    };
  const { closings, opening, level, order } = decision;
  const closed = closings.map(({ position, remaining }) =>
    remaining === '0'
      ? opuOf(position, 'DELETED', level, '0', at)
      : opuOf(position, 'UPDATED', position.level, remaining, at),
  );
  return {
    opu: opening ? [...closed, opuOf(opening, 'OPEN', opening.level, opening.size, at)] : closed,
    wou: order ? [wouOf(order, 'DELETED', at)] : [],
  };
}

/** The `position` part of GET /positions v2. */
export function positionOf(position: Position, instrument: Instrument) {
  const {
    dealId,
    dealReference,
    size,
    direction,
    limitLevel,
    level,
    currency,
    stopLevel,
    openedAt,
    guaranteed,
    trailing,
  } = position;
  return {
    contractSize: double(instrument.contractSize ?? 1),
    createdDate: longDate(openedAt),
    createdDateUTC: second(openedAt),
    dealId,
    dealReference,
    size: double(size),
    direction,
    limitLevel: double(limitLevel),
    level: double(level),
    currency,
    controlledRisk: guaranteed !== undefined,
    stopLevel: double(stopLevel),
    trailingStep: double(trailing?.step),
    trailingStopDistance: double(trailing?.distance),
    limitedRiskPremium: double(guaranteed?.premium),
  };
}

/** The fields of `ACCOUNT:{accountId}`, two decimals each; LR is what positions with a guaranteed stop carry, NLR the rest. */
export function accountItem(figures: AccountFigures) {
  const text = (value: string) => Number(value).toFixed(2);
  const { profitLoss, deposit, limitedRisk } = figures;
  const rest = (all: string, part: string) => text(decimal.subtract(all, part));
  const [pnl, margin, available] = [text(profitLoss), text(deposit), text(figures.available)];
  return {
    PNL: pnl,
    DEPOSIT: margin,
    AVAILABLE_CASH: available,
    PNL_LR: text(limitedRisk.profitLoss),
    PNL_NLR: rest(profitLoss, limitedRisk.profitLoss),
    FUNDS: text(figures.cash),
    MARGIN: margin,
    MARGIN_LR: text(limitedRisk.deposit),
    MARGIN_NLR: rest(deposit, limitedRisk.deposit),
    AVAILABLE_TO_DEAL: available,
    EQUITY: text(figures.equity),
    EQUITY_USED: text(figures.equityUsedPct),
  };
}
