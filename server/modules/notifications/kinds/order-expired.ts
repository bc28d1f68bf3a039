// A working order reached the end of its time.
import { OrderNews, orderWords } from '../words.ts';
import { notificationKind } from './kind.ts';

export const orderExpired = notificationKind({
  schema: OrderNews,
  severity: 'warning',
  title: (order) => `Order expired: ${orderWords(order)}`,
  body: () => 'It was not filled before its time was over, and rests no more.',
});
