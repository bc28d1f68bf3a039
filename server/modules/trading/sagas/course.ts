// What differs between sagas: how a leg is asked for, and what the broker's lists must show in the end. Carrying one on is run.ts.
import type { SagaLeft } from '../../../../shared/sagas.ts';
import type { DealRow } from '../deals/life.ts';
import type { BrokerAccount } from '../ports.ts';
import type { LegRow, SagaRow } from './store.ts';

/** Snapshots that may show something else before that is named: the broker's lists lag behind its engine for some seconds. */
export const maxLooks = 5;

/** How a saga has ended: what is left of what was to end, and for a target the net size found. */
export interface Ending {
  left: SagaLeft[];
  found: string | null;
}
/** `again`: there is more to do at once; `later`: the lists may only lag. */
export type Look = 'again' | 'later' | Ending;

export interface Course {
  /** Each leg waits until the one before was accepted; what follows a refusal is not begun. */
  inTurn: boolean;
  /** A leg that could not be asked for within this after the beginning is asked for no more; null: whenever it can. */
  beginWithinMs: number | null;
  /** Asks for a leg's deal under this key. Throws AppErrors; one of `goneCodes` means that there is nothing to do. */
  ask(saga: SagaRow, leg: LegRow, idempotencyKey: string): Promise<void>;
  /** Deals on what a leg is about that await their verdict, whoever asked for them. */
  undecidedOn(saga: SagaRow, leg: LegRow): Promise<DealRow[]>;
  /** Deals beside those of its legs that are waited for. */
  underWay(saga: SagaRow): Promise<DealRow[]>;
  /** After the last verdict: what the broker's lists say. Throws broker.*. */
  look(saga: SagaRow, account: BrokerAccount, legs: readonly LegRow[]): Promise<Look>;
  /** How it ends by our rows, when nobody deals on its account any more. */
  asKnown(saga: SagaRow): Promise<Ending>;
}
/** The leg's thing is not there any more; or is not known here. */
export const goneCodes: readonly string[] = ['trading.position_not_found', 'trading.order_not_found'];

/** Visible ASCII only is a caller's key: with its blanks this one is nobody else's. */
export const keyOf = ({ sagaId, index, attempt }: Pick<LegRow, 'sagaId' | 'index' | 'attempt'>) =>
  `${sagaId} leg ${index} attempt ${attempt}`;

const deadMans = 'dead man ';
/** Of the saga that a dead-man's switch begins: it has no caller who goes on with it. With a blank it is nobody else's either. */
export const keyOfDeadMan = (id: string) => `${deadMans}${id}`;
export const isDeadMans = ({ idempotencyKey }: Pick<SagaRow, 'idempotencyKey'>) =>
  idempotencyKey.startsWith(deadMans);
