// How a broker account flows into a portfolio: its events, stretch by stretch, become transactions, each stretch in one transaction of the database.
import { decimal } from '../../../../shared/decimal.ts';
import type { StreamEvent } from '../../../../shared/events.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { inTransaction, type Tx } from '../../../db/transaction.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { isZero } from '../ledger/amount.ts';
import { postingsOf } from '../ledger/postings.ts';
import type { PortfolioRow } from '../store.ts';
import { balanced } from '../ledger/written.ts';
import { createRowOf, type WritingTools } from '../transaction-row.ts';
import { keysOf } from './keys.ts';
import { partFor } from './part.ts';
import type { InflowPorts } from './ports.ts';
import { matters, nextStretch, paidResults, tagOf, unexplained, type Stretch } from './stretch.ts';
import type { InflowRow, InflowStore } from './store.ts';

/** Events read at once, and how often at most for one stretch: what would be longer ends there. */
const eventsAtOnce = 200;
const mostReads = 100;
/** Before and after every event. */
const [beginningOfTime, endOfTime] = [new Date(-8.64e15), new Date(8.64e15)];
/** In place of the hash of a request: nobody asked for it. */
const unasked = 'inflow';

interface Fresh {
  at: Date;
  terms: TransactionTerms;
  note: string | null;
  key: string;
  /** Of the positions it comes from. */
  tag: string | null;
}
export type Inflow = ReturnType<typeof createInflow>;

export function createInflow({
  db,
  store,
  inflows,
  ports: { accounts, events },
  clock,
  ids,
}: WritingTools & { inflows: InflowStore; ports: InflowPorts }) {
  const rowOf = createRowOf({ clock, ids });

  /** The next stretch of an account, undefined while there is none; and until which offset nothing of it is left out. */
  async function read({ accountId, userId, offset, currency }: InflowRow) {
    const own: StreamEvent<'trading'>[] = [];
    let last = offset;
    for (let reads = 0; reads < mostReads; reads++) {
      const { head, events: some } = await events.read({ userId, stream: 'trading' }, last, eventsAtOnce);
      // What cannot be read is passed over: the cash that is told next says what it came to.
      for (const event of some)
        if (event.type !== 'snapshot.needed' && event.accountId === accountId) own.push(event);
      last = Math.min(head, last + eventsAtOnce);
      // What is quiet at the end of what was read so far may go on behind it.
      const now = last >= head ? clock.now() : beginningOfTime;
      const stretch = nextStretch(own, { currency, now });
      if (stretch && (matters(stretch) || last >= head)) return { stretch, through: stretch.through };
      if (last >= head) return { stretch, through: own.length > 0 ? offset : last };
    }
    const stretch = nextStretch(own, { currency, now: endOfTime });
    return { stretch, through: stretch?.through ?? last };
  }

  /** Writes the next stretch of an account; false when there is none yet. */
  const step = (accountId: string): Promise<boolean> =>
    inTransaction(db, async (tx) => {
      const row = await inflows.lock(tx, accountId);
      const { stretch, through } = await read(row);
      if (through <= row.offset) return false;
      if (stretch) await write(tx, row, stretch);
      await inflows.save(tx, { ...row, offset: through });
      return true;
    });

  /** Changes `row` to what holds after the stretch. */
  async function write(tx: Tx, row: InflowRow, stretch: Stretch): Promise<void> {
    const whole = await portfolioFor(tx, row, stretch);
    if (whole) {
      const all = await transactionsOf(tx, row, stretch);
      const isTagged = all.some(({ tag }) => tag !== null);
      const parts = isTagged ? (await inflows.parts(tx, row)).filter(({ id }) => id !== whole.id) : [];
      for (const fresh of all) {
        const at = notBefore(notAfter(fresh.at, clock.now()), row.lastAt);
        const part = partFor({ ...fresh, at }, parts, row.currency);
        await append(tx, row, part ?? whole, { ...fresh, at });
      }
    }
    if (stretch.cash) row.brokerCash = stretch.cash.after;
  }

  /** That of the account, made with the first deal; undefined before it. */
  async function portfolioFor(tx: Tx, row: InflowRow, stretch: Stretch): Promise<PortfolioRow | undefined> {
    const known = row.portfolioId === null ? undefined : await store.lock(tx, row.userId, row.portfolioId);
    if (known) return known;
    Object.assign(row, { portfolioId: null, bookedCash: '0', lastAt: null });
    if (!stretch.dealt) return undefined;
    // Of one that was deleted its parts may be left.
    row.bookedCash = await inflows.bookedCash(tx, row.userId, keysOf(row));
    const startsAt = notAfter(stretch.firstAt, clock.now());
    const timeZone = await inflows.zoneOf(tx, row.userId);
    const made: PortfolioRow = {
      id: ids.next('pf'),
      userId: row.userId,
      name: row.name.slice(0, 80),
      tags: [],
      baseCurrency: row.currency,
      timeZone,
      startsOn: dateIn(timeZone, startsAt.getTime()),
      createdAt: clock.now(),
      transactions: 0,
      statementToldOn: null,
    };
    await inflows.insertPortfolio(tx, made);
    Object.assign(row, { portfolioId: made.id, lastAt: startsAt });
    return made;
  }

  /** What a stretch writes, in order. Afterwards what flowed in is the broker's cash, to the last digit, wherever that is known. */
  async function transactionsOf(tx: Tx, row: InflowRow, stretch: Stretch): Promise<Fresh[]> {
    const { userId, currency } = row;
    const { firstAt, lastAt, cash, through } = stretch;
    const keyOf = (what: string) => `${keysOf(row)}${what}`;
    const before = row.brokerCash ?? cash?.before ?? null;
    const fresh: Fresh[] = [];
    let booked = row.bookedCash;
    const add = (amount: string, rest: Fresh) => {
      booked = decimal.add(booked, amount);
      fresh.push(rest);
    };
    const opening = before === null ? '0' : decimal.subtract(before, booked);
    if (!isZero(opening))
      add(opening, {
        at: firstAt,
        terms: { kind: 'adjustment', amount: opening, currency },
        note: 'What the account held when its deals began to flow in.',
        key: keyOf(`${through} opening`),
        tag: null,
      });
    const paid = paidResults(stretch);
    const keys = paid.map(({ dealId }) => keyOf(dealId));
    const written = await inflows.written(tx, userId, keys);
    for (const { dealId, epic, amount, at, positions } of paid) {
      const key = keyOf(dealId);
      if (written.has(key)) continue;
      written.add(key);
      const terms = { kind: 'result', instrument: epic, amount, currency } as const;
      const tag = tagOf(stretch.closes.filter(({ position }) => positions.includes(position)));
      add(amount, { at, terms, note: `Deal ${dealId}.`, key, tag });
    }
    const after = cash?.after ?? row.brokerCash;
    const rest = after === null ? '0' : decimal.subtract(after, booked);
    if (!isZero(rest))
      add(rest, {
        at: cash?.at ?? lastAt,
        ...restOf(stretch, rest, currency),
        key: keyOf(`${through} rest`),
      });
    return fresh;
  }

  async function append(tx: Tx, row: InflowRow, portfolio: PortfolioRow, fresh: Fresh): Promise<void> {
    const { at, terms, note, key } = fresh;
    const postings = balanced(postingsOf(terms));
    await store.append(
      tx,
      rowOf({ userId: row.userId, idempotencyKey: key, requestHash: unasked }, portfolio, {
        at,
        terms,
        postings,
        reverses: null,
        note,
      }),
    );
    portfolio.transactions += 1;
    row.lastAt = at;
    if ('amount' in terms) row.bookedCash = decimal.add(row.bookedCash, terms.amount);
  }

  return {
    /** Everything that can be told of every account by now. An account that fails holds up no other; throws the first failure in the end. */
    async run(): Promise<void> {
      const known = await inflows.all();
      const ids = new Set(known.map(({ accountId }) => accountId));
      const unknown = (await accounts.all()).filter(({ id }) => !ids.has(id));
      await inflows.begin(unknown);
      const rows = unknown.length > 0 ? await inflows.all() : known;
      const heads = await events.heads(rows.map(({ userId }) => ({ userId, stream: 'trading' as const })));
      const failures: unknown[] = [];
      for (const [n, { accountId, offset }] of rows.entries()) {
        if (heads[n]! <= offset) continue;
        try {
          while (await step(accountId));
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Cash that no result explains: where positions were closed whose result nobody told, it is theirs. */
function restOf(stretch: Stretch, amount: string, currency: string): Pick<Fresh, 'terms' | 'note' | 'tag'> {
  const closes = unexplained(stretch);
  if (closes.length === 0)
    return {
      terms: { kind: 'adjustment', amount, currency },
      note: 'Cash that moved at the broker, and that no deal explains.',
      tag: null,
    };
  const epics = [...new Set(closes.map(({ epic }) => epic))];
  return {
    terms: { kind: 'result', ...(epics.length === 1 && { instrument: epics[0]! }), amount, currency },
    note: `What the cash moved by as ${closes.length === 1 ? 'a position was' : `${closes.length} positions were`} closed; the broker told no result.`,
    tag: tagOf(closes),
  };
}

const notAfter = (at: Date, latest: Date) => (at > latest ? latest : at);
const notBefore = (at: Date, earliest: Date | null) => (earliest !== null && at < earliest ? earliest : at);
