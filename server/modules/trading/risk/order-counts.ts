// How many orders an account, and each market in it that is bounded, has sent within a minute and on its day. Pure; the counts stand in the account's risk row.
import type { OrderCount, OrderCounts } from '../../../../drizzle/schema/index.ts';
import { clocksDifferMs } from '../../../lib/instants.ts';

/** An order counts from its second on until no instant of that second is within the last minute any more: up to a second too long, never too short. */
const countedSeconds = 61;
export const countedMs = countedSeconds * 1000;
const secondOf = (at: Date) => Math.floor(at.getTime() / 1000);
const freeAgain = (second: number) => new Date((second + countedSeconds) * 1000);

const none: OrderCount = { seconds: [], today: 0 };
/** Null: the account as a whole. */
export type CountedIn = string | null;

export const countOf = ({ account, epics }: OrderCounts, epic: CountedIn): OrderCount =>
  (epic === null ? account : epics?.[epic]) ?? none;

/** Those that still count; what was counted by a clock that was ahead counts no more. */
const counting = ({ seconds }: OrderCount, now: Date) =>
  seconds.filter(([second]) => freeAgain(second) > now && second * 1000 <= now.getTime() + clocksDifferMs);
const sum = (seconds: OrderCount['seconds']) => seconds.reduce((total, [, orders]) => total + orders, 0);

export interface MinuteUse {
  orders: number;
  /** When fewer than `limit` count, if none is sent until then; now where that is so already. */
  allowedAgainAt: Date;
  /** When none counts any more; null: none does. */
  wholeAgainAt: Date | null;
}
export function minuteUse(count: OrderCount, limit: number, now: Date): MinuteUse {
  const seconds = counting(count, now);
  const orders = sum(seconds);
  let [left, allowedAgainAt] = [orders, now];
  for (const [second, each] of seconds) {
    if (left < limit) break;
    left -= each;
    allowedAgainAt = freeAgain(second);
  }
  const last = seconds.at(-1);
  return { orders, allowedAgainAt, wholeAgainAt: last ? freeAgain(last[0]) : null };
}

/** The counts on the day that runs now, which ends at `endsAt`: those of a day before are begun anew. */
export function onDay(counts: OrderCounts, endsAt: Date, now: Date): OrderCounts {
  if (counts.day?.endsAt === endsAt.toISOString()) return counts;
  const anew = (count: OrderCount) => ({ ...count, today: 0 });
  return {
    day: { endsAt: endsAt.toISOString(), since: now.toISOString() },
    ...(counts.account && { account: anew(counts.account) }),
    ...(counts.epics && { epics: mapValues(counts.epics, anew) }),
  };
}
const mapValues = <V>(record: Record<string, V>, change: (value: V, key: string) => V): Record<string, V> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

function added(count: OrderCount, now: Date): OrderCount {
  const seconds = counting(count, now);
  const second = secondOf(now);
  const before = seconds.find(([each]) => each === second)?.[1] ?? 0;
  const others = seconds.filter(([each]) => each !== second);
  return {
    seconds: [...others, [second, before + 1] as [number, number]].sort(([one], [two]) => one - two),
    today: count.today + 1,
  };
}
/** After one more order that counts in `scopes`; the counts are of the day that runs. */
export const withOrder = (counts: OrderCounts, scopes: readonly CountedIn[], now: Date): OrderCounts =>
  scopes.reduce((all, scope) => withCount(all, scope, added(countOf(all, scope), now)), counts);
export const withCount = (counts: OrderCounts, epic: CountedIn, count: OrderCount): OrderCounts =>
  epic === null ? { ...counts, account: count } : { ...counts, epics: { ...counts.epics, [epic]: count } };
/** What is counted of these alone: nothing is kept of what is not bounded any more. */
export const onlyOf = (
  { day, account, epics = {} }: OrderCounts,
  scopes: readonly CountedIn[],
): OrderCounts => ({
  ...(day && { day }),
  ...(account && scopes.includes(null) && { account }),
  epics: Object.fromEntries(Object.entries(epics).filter(([epic]) => scopes.includes(epic))),
});
export const isCounted = ({ account, epics }: OrderCounts, epic: CountedIn): boolean =>
  (epic === null ? account : epics?.[epic]) !== undefined;

function removed(count: OrderCount, since: Date, isOfDay: boolean): OrderCount {
  const from = secondOf(since);
  const at = count.seconds.findIndex(([second]) => second >= from);
  if (at < 0) return count;
  const seconds = count.seconds.flatMap(([second, orders], index): OrderCount['seconds'] =>
    index !== at ? [[second, orders]] : orders > 1 ? [[second, orders - 1]] : [],
  );
  return { seconds, today: isOfDay ? Math.max(0, count.today - 1) : count.today };
}
/**
 * Without one that was counted at `createdAt` or later and then stayed here. Where others were sent since, those stay counted the longer:
 * of a second it is not known which order was which.
 */
export function withoutOrder(counts: OrderCounts, epic: string, createdAt: Date): OrderCounts {
  const isOfDay = counts.day !== undefined && createdAt >= new Date(counts.day.since);
  const without = (count: OrderCount) => removed(count, createdAt, isOfDay);
  return {
    ...counts,
    ...(counts.account && { account: without(counts.account) }),
    ...(counts.epics?.[epic] && { epics: { ...counts.epics, [epic]: without(counts.epics[epic]) } }),
  };
}
