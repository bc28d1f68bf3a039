// The running day of an account: begun by whoever first needs it, and kept as figures change. Its arithmetic is in day.ts.
import { eq } from 'drizzle-orm';
import { accountDays, users } from '../../../../drizzle/schema/index.ts';
import { TimeZone } from '../../../../shared/auth.ts';
import { columnsOf, leave, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { isAhead, leftMs } from '../../../lib/instants.ts';
import { dayIn, longestDayMs } from '../../../lib/local-days.ts';
import type { Entry } from '../account-transaction.ts';
import { afterFigures, afterJudgement, equityOf, type DayRow, type Figures } from './day.ts';
import type { RiskRow } from './store.ts';

export type Days = ReturnType<typeof createDays>;
/** Cash that went from an account, as it stood when somebody looked: to be explained by what was closed since `goneAfter`. */
export interface Gone {
  goneAfter: Date;
  goneBy: Date;
}

const usualDayMs = 24 * 3_600_000;
const all = columnsOf(accountDays);
const kept = columnsOf(accountDays, ['paidIn', 'paidOut', 'gone', 'goneAfter', 'goneBy']);
const at = 'account_id = $1 and ends_at = $2';
const find = statement('days_find', `select ${all.list} from account_days where ${at}`, all.read);
/** The one that the account's row says is running: may be asked for with the lock of that row, behind it. */
const findRunning = statement(
  'days_find_running',
  `select ${all.list} from account_days where account_id = $1 and ends_at = (select day_ends_at from account_risk where account_id = $1)`,
  all.read,
);
const save = statement('days_save', `update account_days set ${kept.assignments(3)} where ${at}`);

/** Whether the day that ends then is still running; one that ends too late was begun by a clock that was ahead. */
export const isRunning = (dayEndsAt: Date | null, now: Date): dayEndsAt is Date =>
  dayEndsAt !== null && leftMs(dayEndsAt, now, longestDayMs) > 0;

/** The figures that stand; null until the broker has told all of them. */
export const figuresOf = ({ cash, runningProfit, fundsAt }: RiskRow): Figures | null =>
  cash === null || runningProfit === null || fundsAt === null ? null : { cash, runningProfit, at: fundsAt };

/**
 * No job begins a day at midnight: the first figures after it do, before they replace those that stood then, and so does the first deal.
 * Whether a process was running at midnight makes no difference. `keeps` false: for transactions that write nothing.
 */
export function createDays(db: Db, { keeps = true }: { keeps?: boolean } = {}) {
  /** In each transaction, once it was read, begun or changed: the day as it stands by now. */
  const known = new WeakMap<Entry, DayRow>();
  const findIn = async (reader: Db | Tx, accountId: string, endsAt: Date): Promise<DayRow | undefined> =>
    (await run(reader, find, [accountId, endsAt.toISOString()]))[0];
  /** As the user has it now; UTC for one that this version does not know. */
  async function zoneOf(tx: Tx, userId: string): Promise<string> {
    const [user] = await tx.select({ zone: users.timeZone }).from(users).where(eq(users.id, userId));
    return TimeZone.safeParse(user?.zone).data ?? 'UTC';
  }

  /**
   * The day of the user's zone. After a change of the zone the running day ends when it would have, and the next begins then: no change
   * of it makes a loss forgotten sooner.
   */
  async function begin(entry: Entry, figures: Figures): Promise<DayRow> {
    const { tx, account, risk, at: now } = entry;
    const timeZone = await zoneOf(tx, account.userId);
    const day = dayIn(timeZone, now);
    const [last, midnight] = [risk.dayEndsAt, day.startsAt];
    const row: DayRow = {
      accountId: account.id,
      environment: account.environment,
      timeZone,
      startsAt: last !== null && last > midnight && last <= now ? last : midnight,
      endsAt: day.endsAt,
      equity: equityOf(figures),
      equityAt: isAhead(figures.at, now) ? now : figures.at,
      paidIn: '0',
      paidOut: '0',
      gone: '0',
      goneAfter: null,
      goneBy: null,
    };
    // There is one already where a clock was ahead for a while, and a later day was running: it goes on.
    if (keeps) await tx.insert(accountDays).values(row).onConflictDoNothing();
    risk.dayEndsAt = row.endsAt;
    return (await findIn(tx, row.accountId, row.endsAt)) ?? row;
  }

  /** The day that runs now, begun with the figures that stand where it was not yet; null while there are none. */
  async function running(entry: Entry): Promise<DayRow | null> {
    const { risk, tx, account, at: now } = entry;
    const { dayEndsAt } = risk;
    const runs = isRunning(dayEndsAt, now);
    let day = known.get(entry);
    if (!runs || day?.endsAt.getTime() !== dayEndsAt.getTime())
      day = runs ? await findIn(tx, account.id, dayEndsAt) : undefined;
    const figures = figuresOf(risk);
    if (!day && figures) day = await begin(entry, figures);
    if (day) known.set(entry, day);
    return day ?? null;
  }

  /**
   * When the day ends whose orders are counted: the one that they are counted on already, while it runs, else that of the account's
   * figures, else the user's. So no change of the zone makes an order forgotten sooner.
   */
  async function endOf({ tx, account, risk, at: now }: Entry): Promise<Date> {
    const counted = risk.orders.day ? new Date(risk.orders.day.endsAt) : null;
    if (isRunning(counted, now)) return counted;
    return isRunning(risk.dayEndsAt, now)
      ? risk.dayEndsAt
      : dayIn(await zoneOf(tx, account.userId), now).endsAt;
  }

  /** When that day began; of one in a zone that is not the user's any more, a day before its end. */
  async function beginOf({ tx, account }: Entry, endsAt: Date): Promise<Date> {
    const day = dayIn(await zoneOf(tx, account.userId), new Date(endsAt.getTime() - 1));
    return day.endsAt.getTime() === endsAt.getTime() ? day.startsAt : new Date(endsAt.getTime() - usualDayMs);
  }

  function write(entry: Entry, day: DayRow): void {
    known.set(entry, day);
    if (!keeps) return;
    const { accountId, endsAt, ...row } = day;
    void leave(entry.tx, save, [accountId, endsAt.toISOString(), ...kept.values(row)]);
  }

  return {
    running,
    /** The running day, read in one round trip with the account's lock; `knows` gives it to that transaction. */
    readAhead: async (tx: Tx, accountId: string): Promise<DayRow | undefined> =>
      (await run(tx, findRunning, [accountId]))[0],
    knows: (entry: Entry, day: DayRow): void => void known.set(entry, day),
    endOf,
    beginOf,
    /**
     * Replaces the figures by newer ones; `replace` does it. A day that has ended is followed by one that begins with those that stood.
     * True when cash has gone of which it is to be found out where.
     */
    async change(entry: Entry, after: Figures, replace: () => void): Promise<boolean> {
      const before = figuresOf(entry.risk);
      const stays = isRunning(entry.risk.dayEndsAt, entry.at) && before?.cash === after.cash;
      const day = stays ? null : await running(entry);
      replace();
      if (stays) return false;
      if (!day) return (await running(entry), false);
      const next = before ? afterFigures(day, before, after) : day;
      if (next !== day) write(entry, next);
      return next.gone !== day.gone;
    },
    /** What is to be explained of the running day by the broker's history; null: nothing. */
    async gone({ accountId, dayEndsAt }: RiskRow, now: Date): Promise<Gone | null> {
      const day = isRunning(dayEndsAt, now) ? await findIn(db, accountId, dayEndsAt) : undefined;
      return day?.goneAfter && day.goneBy ? { goneAfter: day.goneAfter, goneBy: day.goneBy } : null;
    },
    /** Explains it, unless more has gone since somebody looked. */
    async judge(entry: Entry, seen: Gone, found: { closed: boolean }): Promise<void> {
      const day = await running(entry);
      if (day?.goneBy?.getTime() === seen.goneBy.getTime()) write(entry, afterJudgement(day, found));
    },
  };
}
