// The table of the kinds of deals. A name in shared/trading.ts without its row here does not compile.
import type { RequestOf } from '../../../../shared/deal-requests.ts';
import type { CallName } from '../../../../shared/preview.ts';
import type { DealKindName } from '../../../../shared/trading.ts';
import { createAmendOrder, createCancelOrder, type ChangeOrderDeps } from './change-order.ts';
import { createClosePosition, type ClosePositionDeps } from './close-position.ts';
import { createAmendPosition, type AmendPositionDeps } from './amend-position.ts';
import type { DealKind } from './kind.ts';
import { createNetPosition, type NetPositionDeps } from './net-position.ts';
import { createOpenPosition, type OpenPositionDeps } from './open-position.ts';
import { createPlaceOrder, type PlaceOrderDeps } from './place-order.ts';

export type KindDeps = OpenPositionDeps &
  NetPositionDeps &
  ClosePositionDeps &
  AmendPositionDeps &
  PlaceOrderDeps &
  ChangeOrderDeps;
export type Kinds = { [Name in DealKindName]: DealKind<RequestOf[Name]> };

export const createKinds = (deps: KindDeps): Kinds => ({
  open: createOpenPosition(deps),
  net: createNetPosition(deps),
  close: createClosePosition(deps),
  amend: createAmendPosition(deps),
  place_order: createPlaceOrder(deps),
  amend_order: createAmendOrder(deps),
  cancel_order: createCancelOrder(deps),
});

/** The kind of deal that a request for a position is. */
export const openingKind = ({ forceOpen }: Pick<RequestOf['open'], 'forceOpen'>) =>
  forceOpen === false ? 'net' : 'open';

/** The kind of deal behind each dealing call, by its input. */
export const kindOfCall = {
  openPosition: openingKind,
  closePosition: () => 'close',
  amendPosition: () => 'amend',
  placeOrder: () => 'place_order',
  amendOrder: () => 'amend_order',
  cancelOrder: () => 'cancel_order',
} as const satisfies Record<CallName, (input: never) => DealKindName>;

type Answers = Pick<DealKind<never>, 'opensPosition' | 'changesPosition' | 'reducesPosition'>;
/** The names of the kinds that answer so. */
export const kindsThat = <Question extends keyof Answers>(
  question: Question,
  answer: Answers[Question],
  kinds: Kinds,
): DealKindName[] =>
  Object.values(kinds)
    .filter((kind) => kind[question] === answer)
    .map(({ name }) => name);
