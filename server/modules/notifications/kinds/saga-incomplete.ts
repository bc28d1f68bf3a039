// What was to be closed or cancelled at once is not all gone, and nothing more is tried.
import { z } from 'zod';
import { SagaKind, SagaLeft } from '../../../../shared/sagas.ts';
import { notificationKind } from './kind.ts';

const titles: Record<SagaKind, string> = {
  close_all: 'Not every position is closed',
  cancel_all: 'Not every working order is cancelled',
  flatten: 'The account is not flat',
};
const counted = (many: number, one: string) => `${many} ${one}${many === 1 ? '' : 's'}`;

export const sagaIncomplete = notificationKind({
  schema: z.object({ id: z.string(), kind: SagaKind, left: z.array(SagaLeft) }),
  severity: 'critical',
  title: ({ kind }) => titles[kind],
  body({ left }) {
    const names = (['position', 'order'] as const).flatMap((kind) => {
      const many = left.filter((each) => each.kind === kind).length;
      return many === 0 ? [] : counted(many, kind);
    });
    return `${names.join(' and ')} left at the broker. Nothing more is tried; trading.getSaga names them and why.`;
  },
});
