// From an account's stream to account events in our words, each with an id that a redelivery shares. Sends nothing.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AccountEvent, FundsEvidence } from '../../modules/trading/ports.ts';
import type { Occurrence } from '../leased-stream.ts';
import { parseLossless } from '../rest/json.ts';
import { Confirm, OrderChange, PositionChange } from './schemas.ts';
import { fromOrderChange, fromPositionChange, toConfirm, type tradeFields } from './translate.ts';

export type TradeValues = Record<(typeof tradeFields)[number], string | null>;

type Told =
  | Pick<Extract<AccountEvent, { kind: 'confirm' }>, 'kind' | 'data'>
  | Pick<Extract<AccountEvent, { kind: 'position' }>, 'kind' | 'data'>
  | Pick<Extract<AccountEvent, { kind: 'order' }>, 'kind' | 'data'>;
const WorkingOrder = z.object({ orderType: z.string() });
/** What a field holds besides JSON, to be ignored (IG's javascript sample). */
const noValue = 'INV';

const idOf = (...parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * The events of one TRADE update, in its order; several when a field holds an array. What a value is follows from its shape, not from
 * its field: working orders have come as OPU.
 * The id is a pure function of account and content, so that what IG or another gateway tells again is recognised.
 * Throws when something cannot be read: then only reading everything helps.
 */
export function eventsOfTrade(accountId: string, values: TradeValues): AccountEvent[] {
  const told = [values.CONFIRMS, values.OPU, values.WOU].flatMap((text): Told[] => {
    if (!text || text.trim() === noValue) return [];
    const parsed = parseLossless(text);
    return (Array.isArray(parsed) ? parsed : [parsed]).flatMap(readOne);
  });
  return told.map((event) => ({ eventId: idOf(accountId, event.kind, event.data), accountId, ...event }));
}

function readOne(value: unknown): Told[] {
  // Confirms have a `date`, updates of positions and orders a `timestamp`.
  if (typeof value === 'object' && value !== null && 'date' in value)
    return [{ kind: 'confirm', data: toConfirm(Confirm.parse(value)) }];
  if (WorkingOrder.safeParse(value).success)
    return [{ kind: 'order', data: fromOrderChange(OrderChange.parse(value)) }];
  const change = PositionChange.parse(value);
  return change.dealStatus === 'REJECTED' ? [] : [{ kind: 'position', data: fromPositionChange(change) }];
}

/** An occurrence, not a content: the same cash may come again after another. */
export const fundsEvent = (
  accountId: string,
  { holder, n }: Occurrence,
  data: FundsEvidence,
): AccountEvent => ({ eventId: idOf(accountId, 'funds', holder, n), accountId, kind: 'funds', data });
export const reconnectedEvent = (accountId: string, { holder, n }: Occurrence, at: Date): AccountEvent => ({
  eventId: idOf(accountId, 'reconnected', holder, n),
  accountId,
  kind: 'reconnected',
  data: { at },
});

/** As plain JSON for the bus: instants are RFC 3339 text. All of one account, at least one, told under the lease's `epoch`. */
export const toMessage = (events: readonly [AccountEvent, ...AccountEvent[]], epoch: number) => ({
  eventId: events[0].eventId,
  accountId: events[0].accountId,
  epoch,
  events: events.map((event) => ({ ...event, data: inJson(event.data) })),
});

type InJson<T> = {
  [Key in keyof T]: T[Key] extends Date
    ? string
    : Extract<T[Key], Date> extends never
      ? T[Key]
      : Exclude<T[Key], Date> | string;
};
/** Every instant as its text. */
const inJson = <T extends object>(data: T): InJson<T> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  ) as InJson<T>;
