// What may be asked of the model's broker, and how it books it: the words that its books and its evidence share.
import type { DealKindName, Direction } from '../../../shared/trading.ts';
import type { ActivityAction } from '../../modules/trading/ports.ts';

/** What is asked of the broker. `level`: the limit that a position is to have, or the level of an order. */
export interface Ask {
  kind: DealKindName;
  dealId: string | null;
  direction: Direction;
  size: number;
  level: number | null;
}
/** A position or an order. `reference` is that of its opening, or of its placing. */
export interface Thing {
  dealId: string;
  reference: string | null;
  direction: Direction;
  size: number;
  level: number | null;
}
export interface Books {
  positions: ReadonlyMap<string, Thing>;
  orders: ReadonlyMap<string, Thing>;
}
/** What was done to one thing. `size`: what was taken from it. */
export interface Effect {
  action: ActivityAction;
  dealId: string;
  size: number;
}
/** What the broker did with a request, or what happened there without one of ours. */
export interface Booking {
  at: number;
  /** Whose: an intent of ours, or nobody's here. */
  by: string;
  ask: Ask;
  accepted: boolean;
  /** The id of this deal. */
  ownId: string;
  reference: string;
  effects: Effect[];
  throughApi: boolean;
}
