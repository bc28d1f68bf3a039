// The table of the kinds of deals. A name in shared/trading.ts without its row here does not compile.
import type { DealKindName, RequestOf } from '../../../../shared/trading.ts';
import { createClosePosition, type ClosePositionDeps } from './close-position.ts';
import type { DealKind } from './kind.ts';
import { createOpenPosition, type OpenPositionDeps } from './open-position.ts';

export type KindDeps = OpenPositionDeps & ClosePositionDeps;
export type Kinds = { [Name in DealKindName]: DealKind<RequestOf[Name]> };

export const createKinds = (deps: KindDeps): Kinds => ({
  open: createOpenPosition(deps),
  close: createClosePosition(deps),
});

/** The names of the kinds that answer a question with yes. */
export const kindsThat = (
  answer: 'raisesRisk' | 'opensPosition' | 'changesPosition' | 'reducesPosition',
  kinds: Kinds,
): DealKindName[] =>
  Object.values(kinds)
    .filter((kind) => kind[answer])
    .map(({ name }) => name);
