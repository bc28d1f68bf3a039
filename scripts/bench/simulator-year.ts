// A generated year of one-minute candles through the dealing engine: every quote decided and folded, with accounts that deal all the while.
import { decimal } from '../../shared/decimal.ts';
import { decide } from '../../server/ig-simulator/engine/decide.ts';
import { stateHash } from '../../server/ig-simulator/engine/state-text.ts';
import { cashOf, emptyState, evolve } from '../../server/ig-simulator/engine/state.ts';
import { nextDue } from '../../server/ig-simulator/engine/due.ts';
import type { Command } from '../../server/ig-simulator/engine/commands.ts';
import type { Decision } from '../../server/ig-simulator/engine/decisions.ts';
import type { Context, Quote, State } from '../../server/ig-simulator/engine/types.ts';
import { instrumentByEpic } from '../../server/ig-simulator/market/instruments.ts';
import { fraction, seededRandom } from '../../server/ig-simulator/random.ts';

export const epic = 'CS.D.EURUSD.CFD.IP';
const minuteMs = 60_000;
const minutesPerDay = 24 * 60;
export const yearDays = 365;
const accounts = Array.from({ length: 10 }, (_, i) => `YEAR${i}`);
/** Every account deals once in so many minutes. */
const dealEveryMinutes = 240;

export interface YearReport {
  seed: string;
  days: number;
  candles: number;
  quotes: number;
  decisions: Record<string, number>;
  seconds: number;
  bareSeconds: number;
  heapMb: number;
  hash: string;
  /** Cash that the decisions do not explain, summed over the accounts: must be 0. */ unexplained: string;
}

/** The year as quotes: open, low or high, the other, close of each candle, in whole pipettes of the bid. Open all hours. */
export function* quotesOf(seed: string, days: number): Generator<{ minute: number; bid: number }> {
  const random = seededRandom(`year/${seed}`);
  const step = (width: number) =>
    Math.round((fraction(random) + fraction(random) + fraction(random) - 1.5) * width);
  let close = 117_000;
  for (let minute = 0; minute < days * minutesPerDay; minute++) {
    const open = close + step(2);
    close = Math.max(80_000, Math.min(160_000, open + step(22)));
    const [high, low] = [
      Math.max(open, close) + Math.abs(step(8)),
      Math.min(open, close) - Math.abs(step(8)),
    ];
    for (const bid of close > open ? [open, low, high, close] : [open, high, low, close])
      yield { minute, bid };
  }
}
/** What any replay must do at least: each quote as text and compared with a band. */
function bare(seed: string, days: number): number {
  const start = performance.now();
  let inside = 0;
  for (const { bid } of quotesOf(seed, days))
    if (Number((bid / 100_000).toFixed(5)) > 1 && Number(((bid + 6) / 100_000).toFixed(5)) < 2) inside++;
  if (inside === 0) throw new Error('the generated year has no quotes');
  return (performance.now() - start) / 1000;
}

/** Runs the year, or its first days. The same seed gives the same hash. */
export function replayYear(seed: string, days = yearDays): YearReport {
  const bareSeconds = bare(seed, days);
  const random = seededRandom(`year/${seed}/deals`);
  const instrument = instrumentByEpic.get(epic)!;
  const startMs = Date.UTC(2025, 0, 1);
  let quote: Quote = { bid: '1.17000', offer: '1.17006', status: 'TRADEABLE' };
  const context: Context = {
    now: new Date(startMs),
    random,
    quote: () => quote,
    instrument: (name) => (name === epic ? instrument : undefined),
    rate: () => '0.75',
  };
  let state: State = emptyState;
  const counts: Record<string, number> = {};
  const cash = new Map<string, string>();
  function run(command: Command): readonly Decision[] {
    const decisions = decide(state, command, context);
    for (const decision of decisions) {
      state = evolve(state, decision);
      const kind = 'cause' in decision ? `${decision.type} ${decision.cause}` : decision.type;
      counts[kind] = (counts[kind] ?? 0) + 1;
      cash.set(decision.accountId, decimal.add(cash.get(decision.accountId) ?? '0', cashOf(decision)));
    }
    return decisions;
  }
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(fraction(random) * choices.length)]!;
  function deal(accountId: string) {
    const { positions, orders } = state.accounts.get(accountId)!;
    const order = {
      accountId,
      epic,
      expiry: '-',
      direction: pick(['BUY', 'SELL'] as const),
      size: pick(['1', '2', '0.5', '3']),
      currencyCode: 'USD',
    };
    const points = String(5 + Math.floor(fraction(random) * 60));
    if (positions.length > 8)
      run({
        type: 'closePosition',
        accountId,
        dealId: positions[0]!.dealId,
        direction: positions[0]!.direction === 'BUY' ? 'SELL' : 'BUY',
        size: positions[0]!.size,
      });
    if (orders.length > 8) run({ type: 'cancelOrder', accountId, dealId: orders[0]!.dealId });
    if (fraction(random) < 0.3) {
      const buy = order.direction === 'BUY';
      run({
        type: 'placeOrder',
        ...order,
        kind: 'LIMIT',
        level: (Number(quote.bid) + ((buy ? -1 : 1) * Number(points)) / 10_000).toFixed(5),
        stopDistance: '20',
        goodTill: new Date(context.now.getTime() + 86_400_000).toISOString(),
      });
    } else
      run({
        type: 'openPosition',
        ...order,
        forceOpen: true,
        stopDistance: points,
        ...pick([
          { trailingStop: true, trailingStopIncrement: '10' },
          { guaranteedStop: true },
          { limitDistance: points },
        ]),
      });
  }

  const start = performance.now();
  for (const accountId of accounts)
    run({
      type: 'createAccount',
      accountId,
      login: 'year',
      accountType: 'CFD',
      currency: 'GBP',
      cash: '100000',
    });
  let quotes = 0;
  let minuteSeen = -1;
  let dueMs: number | undefined;
  let decisionsSeen = 0;
  for (const { minute, bid } of quotesOf(seed, days)) {
    quote = { bid: (bid / 100_000).toFixed(5), offer: ((bid + 6) / 100_000).toFixed(5), status: 'TRADEABLE' };
    if (minute !== minuteSeen) {
      minuteSeen = minute;
      context.now = new Date(startMs + minute * minuteMs);
      if (dueMs !== undefined && dueMs <= context.now.getTime()) run({ type: 'time' });
      for (const [i, accountId] of accounts.entries()) {
        if ((minute + i * 24) % dealEveryMinutes === 0) deal(accountId);
        if (state.accounts.get(accountId)!.positions.length > 0) run({ type: 'checkMargin', accountId });
      }
      if (state.decisions !== decisionsSeen) dueMs = nextDue(state, context.now.getTime());
      decisionsSeen = state.decisions;
    }
    run({ type: 'tick', epic });
    quotes++;
  }
  const seconds = (performance.now() - start) / 1000;
  const unexplained = accounts.reduce(
    (sum, id) => decimal.add(sum, decimal.subtract(state.accounts.get(id)!.cash, cash.get(id)!)),
    '0',
  );
  return {
    seed,
    days,
    candles: days * minutesPerDay,
    quotes,
    decisions: counts,
    seconds,
    bareSeconds,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    hash: stateHash(state),
    unexplained,
  };
}
