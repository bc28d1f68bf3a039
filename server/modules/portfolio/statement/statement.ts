// The use case of a day's statement: our cash of the day, movement by movement, beside the broker's balance and its own history.
import { decimal } from '../../../../shared/decimal.ts';
import type { AccountTransaction } from '../../../../shared/history.ts';
import type {
  AskStatement,
  BrokerSide,
  CashMovement,
  CashOfDay,
  NoBrokerReason,
  Statement,
} from '../../../../shared/portfolio-statement.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn, startOfDate } from '../../../lib/local-days.ts';
import { dealOf, keysOf } from '../inflow/keys.ts';
import type { InflowRow, InflowStore } from '../inflow/store.ts';
import { sum } from '../ledger/amount.ts';
import { standing } from '../ledger/entry.ts';
import { found } from '../portfolios.ts';
import type { PortfolioRow, PortfolioStore, TransactionRow } from '../store.ts';
import { differencesOf } from './matching.ts';
import type { BrokerCash } from './ports.ts';

/** Of ours in one answer. */
const mostMovements = 5_000;
/** Rows of the broker's history from the day until now, and how many are read at once. */
const [mostOfHistory, rowsAtOnce] = [10_000, 500];

export type Statements = ReturnType<typeof createStatements>;
interface Day {
  from: Date;
  until: Date;
}
type Side = { broker: BrokerSide; noBroker: null } | { broker: null; noBroker: NoBrokerReason };
const none = (noBroker: NoBrokerReason): Side => ({ broker: null, noBroker });

export function createStatements({
  store,
  inflows,
  brokerCash,
  clock,
}: {
  store: PortfolioStore;
  inflows: InflowStore;
  brokerCash: BrokerCash | undefined;
  clock: Clock;
}) {
  /** What the broker has of the day. Its balance is known of now only: at the end of a day it is that less what its history has since. */
  async function brokerSide(userId: string, { accountId }: InflowRow, { from, until }: Day): Promise<Side> {
    if (!brokerCash) return none('not_read_here');
    const rows: AccountTransaction[] = [];
    const read = (cursor?: string) =>
      brokerCash.history(userId, { accountId, from, limit: rowsAtOnce, cursor });
    let page = await read();
    const { since, asOf } = page;
    for (;;) {
      rows.push(...page.transactions);
      if (page.nextCursor === null) break;
      if (rows.length >= mostOfHistory) return none('history_too_long');
      page = await read(page.nextCursor);
    }
    const balance = await brokerCash.balance(userId, accountId);
    if (!balance) return none('balance_unknown');
    if (!since || !asOf || since > from) return none('history_begins_later');
    // What came after the balance was told is not in it.
    const later = rows.filter(({ at }) => at >= until && at <= balance.at);
    const movements = rows.filter(({ at }) => at < until).toReversed();
    const total = (all: readonly AccountTransaction[]) => sum(all.map(({ amount }) => amount));
    const closing = decimal.subtract(balance.cash, total(later));
    const opening = decimal.subtract(closing, total(movements.filter(({ at }) => at <= balance.at)));
    return { broker: { opening, movements, closing, balance, since, asOf }, noBroker: null };
  }
  async function sideOf(
    userId: string,
    filled: InflowRow | undefined,
    isPart: boolean,
    day: Day,
  ): Promise<Side> {
    if (isPart) return none('part_of_account');
    if (!filled) return none('own_portfolio');
    try {
      return await brokerSide(userId, filled, day);
    } catch (error) {
      if (error instanceof AppError && error.code === 'accounts.not_found') return none('account_gone');
      throw error;
    }
  }

  return {
    /**
     * Throws portfolio.not_found, request.invalid for a day that is not within the portfolio's, broker.* where the history of its account
     * was never read and cannot be.
     */
    async statement(userId: string, { id, on }: AskStatement): Promise<Statement> {
      const portfolio = found(await store.find(userId, id));
      const { timeZone } = portfolio;
      requireWithin(on, portfolio, dateIn(timeZone, clock.now().getTime()));
      const day = dayOf(timeZone, on);
      const accounts = await inflows.ofUser(userId);
      const whole = accounts.find(({ portfolioId }) => portfolioId === id);
      const part = whole ? undefined : accounts.find(({ accountId }) => portfolio.tags.includes(accountId));
      const account = whole ?? part;
      const own = await store.ledger(id, new Date(day.until.getTime() - 1));
      const parts = whole ? await inflows.inParts(userId, keysOf(whole), id) : [];
      const ours = oursOf([...standing(own), ...standing(parts)], whole, day);
      const { broker, noBroker } = await sideOf(userId, whole, part !== undefined, day);
      const differences = whole && broker ? compared(ours, broker, whole.currency) : null;
      return {
        portfolioId: id,
        on,
        timeZone,
        ...day,
        accountId: account?.accountId ?? null,
        environment: account?.environment ?? null,
        ours: bounded(ours),
        ...{ broker, noBroker, differences },
      };
    },
  };
}

interface Ours {
  cash: CashOfDay[];
  movements: CashMovement[];
}
/** Rows that stand; what is later than the day does not count. */
function oursOf(rows: readonly TransactionRow[], whole: InflowRow | undefined, { from, until }: Day): Ours {
  const moved = rows
    .flatMap((row) => movementsOf(row, whole))
    .filter(({ at }) => at < until)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const cash = [...Map.groupBy(moved, ({ currency }) => currency)].map(([currency, all]): CashOfDay => {
    const before = sum(all.filter(({ at }) => at < from).map(({ amount }) => amount));
    return { currency, opening: before, closing: sum(all.map(({ amount }) => amount)) };
  });
  return { cash, movements: moved.filter(({ at }) => at >= from) };
}
/** What a transaction moved of each currency's cash. */
function movementsOf(row: TransactionRow, whole: InflowRow | undefined): CashMovement[] {
  const { id: transactionId, portfolioId, at, terms, note, postings } = row;
  const ofCash = Map.groupBy(
    postings.filter(({ account }) => account === 'cash'),
    ({ currency }) => currency,
  );
  const instrument = 'instrument' in terms ? (terms.instrument ?? null) : null;
  const deal = whole ? dealOf(whole, row.idempotencyKey) : null;
  return [...ofCash].map(([currency, all]) => {
    const amount = sum(all.map((posting) => posting.amount));
    return { transactionId, portfolioId, at, kind: terms.kind, instrument, deal, note, currency, amount };
  });
}

function compared(
  { cash, movements }: Ours,
  { opening, closing, movements: theirs, balance }: BrokerSide,
  currency: string,
): Statement['differences'] {
  const own = cash.find((each) => each.currency === currency) ?? { opening: '0', closing: '0' };
  const rows = differencesOf(
    movements
      .filter((each) => each.currency === currency)
      .map(({ transactionId: id, at, amount, kind }) => ({ id, at, amount, isDeal: kind === 'result' })),
    theirs
      .filter(({ at }) => at <= balance.at)
      .map(({ id, at, amount, type }) => ({ id, at, amount, isDeal: type === 'deal' })),
  );
  return {
    opening: decimal.subtract(own.opening, opening),
    rows,
    closing: decimal.subtract(own.closing, closing),
  };
}

function bounded({ cash, movements }: Ours): Statement['ours'] {
  const others = Map.groupBy(movements.slice(mostMovements), ({ currency }) => currency);
  const left = [...others].map(([currency, all]) => ({
    currency,
    movements: all.length,
    amount: sum(all.map(({ amount }) => amount)),
  }));
  return { cash, movements: movements.slice(0, mostMovements), left };
}

/** From its first instant on until the first of the next. */
function dayOf(timeZone: string, on: string): Day {
  const [year, month, day] = on.split('-').map(Number) as [number, number, number];
  const starts = (date: number) => new Date(startOfDate(timeZone, { year, month, day: date }));
  return { from: starts(day), until: starts(day + 1) };
}
function requireWithin(on: string, { startsOn }: PortfolioRow, today: string): void {
  const problem =
    on < startsOn
      ? `is before the portfolio starts: write ${startsOn} or a later day`
      : on > today && `is in the future: write ${today} or an earlier day`;
  if (problem) throw new AppError('request.invalid', { fields: { on: problem } });
}
