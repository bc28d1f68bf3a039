// What the ticket says in fields as the request it stands for, or what is wrong with which field. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Direction, FTraderClient, Market } from '../../../client/index.ts';
import { quotedTo } from './format.ts';
import { isAgainst, stopAs, stopKindOf, type TicketText } from './ticket-text.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';

type Trading = FTraderClient['api']['trading'];
type Sent<Procedure extends keyof Trading> = Trading[Procedure] extends {
  mutate(input: infer Input): unknown;
}
  ? WithoutKey<Input>
  : never;
/** Of each of the forms a request may have. */
type WithoutKey<Each> = Each extends unknown ? Omit<Each, 'idempotencyKey'> : never;
/** A deal at once, or an order that rests. */
export type TicketOrder =
  { at: 'market'; request: Sent<'openPosition'> } | { at: 'order'; request: Sent<'placeOrder'> };

/** By the API's name of the field. */
export type Missed = Record<string, string>;

export const stopField = (text: TicketText) =>
  stopKindOf(text) === 'trailing'
    ? 'trailingStop.distancePoints'
    : text.as === 'points'
      ? 'stopDistancePoints'
      : 'stopLevel';
export const stepField = 'trailingStop.incrementPoints';
export const worstField = ({ as }: TicketText) => (as === 'points' ? 'tolerancePoints' : 'level');
export const limitField = ({ as }: TicketText) => (as === 'points' ? 'limitDistancePoints' : 'limitLevel');

/** `quoted`: the price it would deal at now, from which a worst fill in points is counted; null: there is none. */
export function readTicket(
  text: TicketText,
  { quoted, ...of }: { accountId: string; epic: string; direction: Direction; quoted: string | null },
): { order: TicketOrder } | { missed: Missed } {
  const missed: Missed = {};
  const number = (field: string, typed: string, ask: string) => {
    const read = typedDecimal(typed);
    if (read === undefined) missed[field] = askedBack(typed) ?? ask;
    return read ?? '';
  };
  const askFor = (as: TicketText['as']) => (as === 'points' ? 'Give a distance in points' : 'Give a level');
  const optional = (field: string, typed: string) =>
    typed.trim() === '' ? {} : { [field]: number(field, typed, askFor(text.as)) };
  const stopOf = () => {
    const kind = stopKindOf(text);
    if (kind === 'normal') return optional(stopField(text), text.stop);
    const stop = number(stopField(text), text.stop, askFor(stopAs(text)));
    if (kind === 'guaranteed') return { [stopField(text)]: stop, guaranteedStop: true as const };
    const step = number(stepField, text.step, 'Give points, such as 1');
    return { trailingStop: { distancePoints: stop, incrementPoints: step } };
  };
  const worstOf = () => {
    const worst = optional(worstField(text), text.worst);
    if (text.as === 'level' || text.worst.trim() === '') return worst;
    if (quoted === null) missed[worstField(text)] = 'There is no price to count it from';
    return { ...worst, level: quoted ?? '' };
  };
  const orMissed = (order: TicketOrder) => (Object.keys(missed).length > 0 ? { missed } : { order });

  const plain = { ...of, size: number('size', text.size, 'Give a size, such as 1 or 0.5') };
  if (isAgainst(text)) {
    const request = { ...plain, ...worstOf(), forceOpen: false as const };
    return orMissed({ at: 'market', request });
  }
  const shared = { ...plain, ...stopOf(), ...optional(limitField(text), text.limit) };
  if (text.at === 'market') return orMissed({ at: 'market', request: { ...shared, ...worstOf() } });
  const level = number('level', text.level, 'Give the level to deal at');
  const goodTillAt = instantOf(text.goodTill);
  if (goodTillAt === null) missed['goodTillAt'] = 'Give a day and a time, or leave it empty';
  const request = { ...shared, type: text.at, level, ...(goodTillAt && { goodTillAt }) };
  return orMissed({ at: 'order', request } as TicketOrder);
}

/** Text that stays the same while only the price moves from which a tolerance is counted. */
export function standingText({ at, request }: TicketOrder): string {
  const { level, ...rest } = request as { level?: string; tolerancePoints?: string };
  return JSON.stringify({ at, ...rest, ...(rest.tolerancePoints === undefined && { level }) });
}

/** The instant of a date-time field; undefined for an empty one, null for what is none. */
export function instantOf(local: string): Date | undefined | null {
  if (local === '') return undefined;
  const at = new Date(local); // without a zone: the browser's
  return Number.isNaN(at.getTime()) ? null : at;
}

/** The levels a deal would have, as far as they can be told; from `entry` where one is typed in points. */
export interface TicketLevels {
  entry: string | null;
  stop: string | null;
  limit: string | null;
  /** The worst fill that it takes. */
  worst: string | null;
}
export function levelsOf(
  text: TicketText,
  direction: Direction,
  quoted: string | null,
  { scalingFactor, decimalPlaces }: Pick<Market, 'scalingFactor' | 'decimalPlaces'>,
): TicketLevels {
  const entry = text.at === 'market' ? quoted : (typedDecimal(text.level) ?? null);
  const away = (typed: string, as: TicketText['as'], isAbove: boolean): string | null => {
    const read = typedDecimal(typed);
    if (read === undefined) return null;
    if (as === 'level') return read;
    if (entry === null) return null;
    const distance = decimal.divide(read, scalingFactor, decimalPlaces, 'half-up');
    return quotedTo(
      isAbove ? decimal.add(entry, distance) : decimal.subtract(entry, distance),
      decimalPlaces,
    );
  };
  const worst = text.at === 'market' ? away(text.worst, text.as, direction === 'BUY') : null;
  if (isAgainst(text)) return { entry, stop: null, limit: null, worst };
  return {
    entry,
    stop: away(text.stop, stopAs(text), direction === 'SELL'),
    limit: away(text.limit, text.as, direction === 'BUY'),
    worst,
  };
}
