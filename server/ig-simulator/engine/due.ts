// What time alone sets off: orders past their date go, and nights are charged. Pure.
import type { Decision } from './decisions.ts';
import { head } from './deal.ts';
import { chargesOf, nextNight, nightsBetween } from './funding.ts';
import { expireOrder } from './orders.ts';
import { byDealId, sequence } from './state.ts';
import type { Account, Context, State } from './types.ts';

/** Orders past their date go; every night that has passed is charged once, account by account. */
export function time(state: State, context: Context): readonly Decision[] {
  const done = sequence(state);
  const now = context.now.toISOString();
  const overdue = [...state.books.entries()]
    .flatMap(([, { orders }]) => orders)
    .filter(({ goodTill }) => goodTill !== null && goodTill <= now);
  for (const order of overdue.sort(byDealId)) done.add(expireOrder(done.state(), order, context));
  const holders = [...state.accounts.entries()]
    .filter(([, { positions }]) => positions.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, account] of holders)
    for (const nightMs of nightsSince(account, context)) {
      const charges = chargesOf(account, nightMs, context);
      if (charges.length > 0)
        done.add({
          type: 'funded',
          ...head(done.state(), account.accountId, context),
          night: new Date(nightMs).toISOString(),
          charges,
        });
    }
  return done.decisions;
}
/** The next instant (epoch ms) at which `time` may decide something; undefined while nothing is open and no order has a date. */
export function nextDue(state: State, nowMs: number): number | undefined {
  const books = [...state.books.entries()].map(([, book]) => book);
  const dates = books.flatMap(({ orders }) =>
    orders.flatMap(({ goodTill }) => (goodTill === null ? [] : Date.parse(goodTill))),
  );
  const due = Math.min(
    ...dates,
    books.some(({ positions }) => positions.length > 0) ? nextNight(nowMs) : Infinity,
  );
  return due === Infinity ? undefined : due;
}
function nightsSince({ positions, fundedTo }: Account, { now }: Context): number[] {
  const oldest = positions.reduce(
    (least, { openedAt }) => (openedAt < least ? openedAt : least),
    positions[0]!.openedAt,
  );
  return nightsBetween(Math.max(Date.parse(fundedTo), Date.parse(oldest)), now.getTime());
}
