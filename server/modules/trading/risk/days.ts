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

const all = columnsOf(accountDays);
const kept = columnsOf(accountDays, ['paidIn', 'paidOut', 'gone', 'goneAfter', 'goneBy']);
const at = 'account_id = $1 and ends_at = $2';
const find = statement('days_find', `select ${all.list} from account_days where ${at}`, all.read);
const save = statement('days_save', `update account_days set ${kept.assignments(3)} where ${at}`);

/** Whether the day that ends then is still running; one that ends too late was begun by a clock that was ahead. */
export const isRunning = (dayEndsAt: Date | null, now: Date): dayEndsAt is Date =>
  dayEndsAt !== null && leftMs(dayEndsAt, now, longestDayMs) > 0;

/** The figures that stand; null until the broker has told all of them. */
export const figuresOf = ({ cash, runningProfit, fundsAt }: RiskRow): Figures | null =>
  cash === null || runningProfit === null || fundsAt === null ? null : { cash, runningProfit, at: fundsAt };

/**
 * No job begins a day at midnight: the first figures after it do, before they replace those that stood then, and so does the first deal.
 * Whether a process was running at midnight makes no difference.
 */
export function createDays(db: Db) {
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
  async function begin({ tx, account, risk, at: now }: Entry, figures: Figures): Promise<DayRow> {
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
    await tx.insert(accountDays).values(row).onConflictDoNothing();
    risk.dayEndsAt = row.endsAt;
    return (await findIn(tx, row.accountId, row.endsAt))!;
  }

  /** The day that runs now, begun with the figures that stand where it was not yet; null while there are none. */
  async function running(entry: Entry): Promise<DayRow | null> {
    const { risk, tx, account, at: now } = entry;
    const known = isRunning(risk.dayEndsAt, now) ? await findIn(tx, account.id, risk.dayEndsAt) : undefined;
    if (known) return known;
    const figures = figuresOf(risk);
    return figures && begin(entry, figures);
  }

  const write = (tx: Tx, { accountId, endsAt, ...row }: DayRow): void =>
    void leave(tx, save, [accountId, endsAt.toISOString(), ...kept.values(row)]);

  return {
    running,
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
      if (next !== day) write(entry.tx, next);
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
      if (day?.goneBy?.getTime() === seen.goneBy.getTime()) write(entry.tx, afterJudgement(day, found));
    },
  };
}
