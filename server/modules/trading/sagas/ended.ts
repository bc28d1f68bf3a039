// How a saga ended, by its row.
import { decimal } from '../../../../shared/decimal.ts';
import type { SagaEnded } from '../../../../shared/sagas.ts';
import type { SagaRow } from './store.ts';

type Ending = Pick<SagaRow, 'kind' | 'target' | 'left' | 'found'>;

/** Whether the broker's lists showed what was asked for: nothing left, or the target's size. */
export function endedAs({ target, left, found }: Ending): SagaEnded['status'] {
  const isDone = target
    ? found !== null && decimal.compare(found, target.netSize) === 0
    : (left ?? []).length === 0;
  return isDone ? 'done' : 'incomplete';
}

export const toEnded = (saga: Ending & Pick<SagaRow, 'id' | 'startedAt'>): SagaEnded => ({
  id: saga.id,
  kind: saga.kind,
  status: endedAs(saga),
  left: saga.left ?? [],
  target: saga.target && {
    epic: saga.target.epic,
    netSize: saga.target.netSize,
    found: saga.found,
  },
  startedAt: saga.startedAt,
});
