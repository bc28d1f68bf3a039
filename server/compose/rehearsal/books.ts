// What the server knows of an account, held against the simulated broker's own books, and all of it that makes the hash of a rehearsal.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, inArray, isNull } from 'drizzle-orm';
import {
  accountRisk,
  breaks,
  deals,
  positions,
  sagas,
  workingOrders,
} from '../../../drizzle/schema/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { Database } from '../../db/client.ts';
import type { Simulator } from '../../ig-simulator/index.ts';
import { pick } from '../../lib/pick.ts';

/** Between two looks while something is under way. */
const lookEveryMs = 3;
const undecided = ['submitting', 'submitted', 'unknown'] as const;

export interface Books {
  /** Resolves when no deal is under way and all that the broker has booked is known. Rejects after `withinMs`, with what is not. */
  settled(withinMs: number): Promise<void>;
  read(): Promise<Entries>;
}
export interface Entries {
  deals: (typeof deals.$inferSelect)[];
  positions: (typeof positions.$inferSelect)[];
  orders: (typeof workingOrders.$inferSelect)[];
  breaks: (typeof breaks.$inferSelect)[];
  cash: string;
}

export function createBooks(
  { db }: Database,
  simulator: Pick<Simulator, 'snapshot'>,
  { accountId, brokerAccountId }: { accountId: string; brokerAccountId: string },
): Books {
  /** What is not settled; undefined: all is. */
  async function problem(): Promise<string | undefined> {
    const {
      cash,
      positions: held,
      orders: resting,
    } = simulator.snapshot(brokerAccountId).accounts[brokerAccountId]!;
    const [underWay, running, open, waiting, risk] = await Promise.all([
      db.$count(deals, and(eq(deals.accountId, accountId), inArray(deals.status, [...undecided]))),
      db.$count(sagas, and(eq(sagas.accountId, accountId), isNull(sagas.endedAt))),
      db
        .select({ dealId: positions.dealId, size: positions.size })
        .from(positions)
        .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt))),
      db
        .select({ dealId: workingOrders.dealId, size: workingOrders.size })
        .from(workingOrders)
        .where(and(eq(workingOrders.accountId, accountId), eq(workingOrders.state, 'open'))),
      db.select({ cash: accountRisk.cash }).from(accountRisk).where(eq(accountRisk.accountId, accountId)),
    ]);
    if (underWay > 0 || running > 0) return 'a deal is under way';
    if (told(open) !== told(held)) return 'the positions are not the broker’s';
    if (told(waiting) !== told(resting)) return 'the working orders are not the broker’s';
    const known = risk[0]?.cash;
    if (known == null || decimal.compare(known, cash) !== 0) return 'the cash is not the broker’s';
    return undefined;
  }
  return {
    async settled(withinMs) {
      const untilMs = performance.now() + withinMs;
      for (let why = await problem(); why; why = await problem()) {
        if (performance.now() >= untilMs) throw new Error(`${why} after ${withinMs} ms`);
        await sleep(lookEveryMs);
      }
    },
    async read() {
      const [allDeals, allPositions, allOrders, allBreaks, [risk]] = await Promise.all([
        db.select().from(deals).where(eq(deals.accountId, accountId)),
        db.select().from(positions).where(eq(positions.accountId, accountId)),
        db.select().from(workingOrders).where(eq(workingOrders.accountId, accountId)),
        db.select().from(breaks).where(eq(breaks.accountId, accountId)),
        db.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)),
      ]);
      return {
        deals: allDeals,
        positions: allPositions,
        orders: allOrders,
        breaks: allBreaks,
        cash: decimal.canonical(risk?.cash ?? '0'),
      };
    },
  };
}
const told = (held: readonly { dealId: string; size: string }[]): string =>
  held
    .map(({ dealId, size }) => `${dealId} ${decimal.canonical(size)}`)
    .sort()
    .join();

/** What is equal in two runs that did the same: neither ids that are drawn nor when this machine came to it. */
const dealFields = [
  'kind',
  'idempotencyKey',
  'status',
  'reason',
  'epic',
  'direction',
  'size',
  'stopLevel',
  'stopDistance',
  'limitLevel',
  'limitDistance',
  'orderType',
  'orderLevel',
  'tag',
  'note',
  'level',
  'profit',
  'createdAt',
] as const;
const positionFields = [
  'epic',
  'direction',
  'size',
  'level',
  'stopLevel',
  'limitLevel',
  'tag',
  'source',
] as const;
const orderFields = ['epic', 'direction', 'size', 'type', 'level', 'state', 'tag', 'source'] as const;

/** SHA-256 over deals, positions, orders, cash and figures. `figures`: of the portfolio, in decimal text. */
export function stateHash(entries: Entries, figures: Readonly<Record<string, string>>): string {
  const texts = <Row extends object>(rows: readonly Row[], fields: readonly (keyof Row)[]) =>
    rows.map((row) => JSON.stringify(pick(row, fields as never))).sort();
  const state = {
    deals: texts(entries.deals, dealFields),
    positions: texts(entries.positions, positionFields),
    orders: texts(entries.orders, orderFields),
    cash: entries.cash,
    figures: Object.entries(figures).sort(),
  };
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}
