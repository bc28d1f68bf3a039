// A working order was filled: the position that came of it has its own notice only when it is closed elsewhere.
import { OrderNews, orderWords } from '../words.ts';
import { notificationKind } from './kind.ts';

export const orderFilled = notificationKind({
  schema: OrderNews,
  severity: 'info',
  title: (order) => `Order filled: ${orderWords(order)}`,
  body: () => 'Its position is listed with its own level.',
});
