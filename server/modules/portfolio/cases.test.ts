// Worked examples with published answers, each by its id, and a real year of a long and short portfolio.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import type { CostMethod } from '../../../shared/portfolio.ts';
import type { TransactionTerms } from '../../../shared/portfolio-transactions.ts';
import { ledgerOf } from '../../testing/portfolio-ledger.ts';
import { describeWith } from '../../testing/requires.ts';
import { magnitude, sum } from './ledger/amount.ts';
import type { LedgerEntry } from './ledger/entry.ts';
import { gainOf } from './lots/lot.ts';
import { matchLots } from './lots/methods.ts';
import { toRoundTrip } from './lots/round-trips.ts';
import type { LotEvent } from './lots/trade.ts';
import { daysOf, valuedDaysOf } from './performance/days.ts';
import { drawdownOf } from './performance/drawdown.ts';
import { annualised, chained, cumulated, modifiedDietz, periodReturn } from './performance/returns.ts';
import {
  calmar,
  downsideRisk,
  mean,
  sharpe,
  sortino,
  standardDeviation,
  volatility,
} from './performance/risk.ts';
import { tradeStatistics } from './performance/trade-statistics.ts';
import { presentValue, xirr, type Flow } from './performance/xirr.ts';
import { createPriceBook } from './valuation/price-book.ts';
import { holdingsOf } from './valuation/holdings.ts';

// Of as many shapes as there are publishers.
type Json = any;
interface Case {
  id: string;
  category: string;
  inputs: Json;
  expected: Record<string, Json>;
  tolerance: number | Record<string, number>;
  notes: string;
}
/** The figures of a case as the product has them, by the names the case gives them. */
type Compute = (inputs: Json, made: Case, data: string) => Record<string, unknown>;

const dayMs = 86_400_000;
const dayNumber = (on: string) => Date.parse(on) / dayMs;
const text = (value: number) => decimal.canonical(String(value));
const flowsOf = (flows: { date: string; amount: number }[]): Flow[] =>
  flows.map(({ date, amount }) => ({ days: dayNumber(date), amount }));
const periodic = (amounts: number[]): Flow[] => amounts.map((amount, n) => ({ days: n, amount }));

/** A trade of so many units, above zero bought, as the kinds the ledger has: closed before it is opened the other way. */
function tradesOf(
  rows: { on: string; instrument: string; quantity: string; price: string; fee?: string }[],
  currency: string,
) {
  const units = new Map<string, string>();
  return rows.flatMap(({ on, instrument, quantity, price, fee }) => {
    const before = units.get(instrument) ?? '0';
    const buys = decimal.compare(quantity, '0') > 0;
    units.set(instrument, decimal.add(before, quantity));
    const against = decimal.compare(before, '0') === (buys ? -1 : 1);
    const most = magnitude(quantity);
    const closes = against ? [magnitude(before), most].toSorted(decimal.compare)[0]! : '0';
    const opens = decimal.subtract(most, closes);
    const parts: [TransactionTerms['kind'], string][] = [
      [buys ? 'cover' : 'sell', closes],
      [buys ? 'buy' : 'short', opens],
    ];
    return parts
      .filter(([, part]) => decimal.compare(part, '0') > 0)
      .map(([kind, part], n) => ({
        on,
        terms: {
          kind,
          instrument,
          quantity: part,
          price,
          currency,
          ...(fee && n === 0 && { fee }),
        } as TransactionTerms,
      }));
  });
}
const bookOf = (prices: { instrument: string; on: string; price: string; currency: string }[]) =>
  createPriceBook(prices, []);

const xirrCase: Compute = ({ cash_flows: flows, day_count: dayCount }, { notes, expected }) => {
  const { rate, reason, roots } = xirr(flowsOf(flows), dayCount.includes('365.25') ? 365.25 : 365);
  const listed = /All roots found by us in \(-1, 1000\): (.*)\./.exec(notes)?.[1]?.split(', ').map(Number);
  if ('irr_percent' in expected) return { irr_percent: rate! * 100 };
  if (!listed) return { xirr: rate };
  // Several rates fit: ours is null with the reason, and the published one is among those it names.
  expect({ rate, reason }).toEqual({ rate: null, reason: 'several rates' });
  expect(roots.length).toBe(listed.length);
  roots.forEach((root, n) => expect(root).toBeCloseTo(listed[n]!, 8));
  return { xirr: roots.find((root) => Math.abs(root - expected['xirr']) < 1e-6) };
};

const lotsCase = (
  rows: { on: string; terms: TransactionTerms }[],
  method: CostMethod,
  price: string,
  currency: string,
) => {
  const on = rows.at(-1)!.on;
  const book = bookOf([{ instrument: 'X', on, price, currency }]);
  return holdingsOf(ledgerOf(rows), { method, base: currency, book, on }).holdings[0]!;
};
const byAmount = (transactions: Json[], currency: string) =>
  transactions.map(({ date, type, shares, amount, fees = 0 }: Json) => ({
    on: date,
    terms: {
      kind: type,
      instrument: 'X',
      quantity: text(shares),
      price: decimal.divide(text(amount), text(shares), 20, 'half-even'),
      currency,
      fee: text(fees),
    } as TransactionTerms,
  }));

const costBasis: Compute = ({ transactions, last_price: price, currency }) => {
  const of = (method: CostMethod) =>
    lotsCase(byAmount(transactions, currency), method, text(price), currency);
  const [fifo, average] = [of('fifo'), of('average')];
  return {
    cost_fifo: fifo.cost,
    cost_moving_average: average.cost,
    realised_fifo: fifo.realised,
    realised_moving_average: average.realised,
    unrealised_fifo: fifo.unrealised,
    unrealised_moving_average: average.unrealised,
  };
};

const positionPnl: Compute = ({ activities, market_price: price, currency }) => {
  const rows = activities.map(({ date, type, quantity, unit_price: unit, fee }: Json) => ({
    on: date,
    terms: {
      kind: type.toLowerCase(),
      instrument: 'X',
      quantity: text(quantity),
      price: text(unit),
      fee: text(fee),
      currency,
    },
  }));
  const held = lotsCase(rows, 'average', text(price), currency);
  const net = decimal.add(held.realised, held.unrealised!);
  const fees = sum(rows.map(({ terms }: Json) => terms.fee));
  return {
    quantity: held.quantity,
    average_price: held.averagePrice,
    investment: held.cost,
    market_value: held.value,
    fees,
    gross_performance: decimal.add(net, fees),
    net_performance: net,
  };
};

const ukPool: Compute = ({ transactions, currency }) => {
  const rows = byAmount(transactions, currency);
  const held = lotsCase(rows, 'section_104', '1', currency);
  const { matches } = matchLots('section_104', lotEvents(ledgerOf(rows)));
  return {
    gains: matches.map((match) => gainOf(match).net),
    total_gain: held.realised,
    remaining_shares: held.quantity,
    remaining_cost: decimal.add(held.cost, held.dealingCosts),
  };
};

/** Without rates: the money of the trades is the base currency. */
const lotEvents = (entries: LedgerEntry[]): LotEvent[] =>
  entries.map(({ id, at, on, terms }) => {
    const { kind, quantity, price, fee = '0' } = terms as Extract<TransactionTerms, { kind: 'buy' }>;
    const value = decimal.multiply(quantity, price);
    const signed = ['sell', 'short'].includes(kind) ? decimal.subtract('0', quantity) : quantity;
    return { is: 'trade', id, at, on, quantity: signed, value, costs: fee, valueBase: value, costsBase: fee };
  });

const leanTrades: Compute = ({ fills, fee_per_fill: fee }) => {
  const start = Date.parse('2026-01-05T00:00:00Z');
  const events = fills.map(({ id, minute, signed_quantity: quantity, price }: Json): LotEvent => {
    const at = new Date(start + minute * 60_000);
    const value = decimal.multiply(text(Math.abs(quantity)), text(price));
    const amounts = { value, costs: text(fee), valueBase: value, costsBase: text(fee) };
    return { is: 'trade', id: String(id), at, on: '2026-01-05', quantity: text(quantity), ...amounts };
  });
  const of = (method: CostMethod) =>
    matchLots(method, events).matches.map((match) => {
      const trip = toRoundTrip({ instrument: 'EURUSD', currency: 'USD', match });
      return {
        entry_minute: (trip.openedAt.getTime() - start) / 60_000,
        entry_price: decimal.divide(trip.opened, trip.quantity, 12, 'half-even'),
        direction: trip.side,
        quantity: trip.quantity,
        exit_minute: (trip.closedAt.getTime() - start) / 60_000,
        exit_price: decimal.divide(trip.closed, trip.quantity, 12, 'half-even'),
        profit_loss: decimal.add(trip.profit, trip.dealingCosts),
      };
    });
  const { matches } = matchLots('fifo', events);
  return {
    fifo: of('fifo'),
    lifo: of('lifo'),
    total_profit_loss: sum(matches.map((match) => gainOf(match).gross)),
    total_fees: sum(matches.map((match) => gainOf(match).costs)),
  };
};

const roundTrips: Compute = ({ transactions }) => {
  const events = transactions.map(({ date, signed_quantity: quantity, price }: Json, n: number): LotEvent => {
    const value = decimal.multiply(text(Math.abs(quantity)), text(price));
    const amounts = { value, costs: '0', valueBase: value, costsBase: '0' };
    return { is: 'trade', id: String(n), at: new Date(date), on: date, quantity: text(quantity), ...amounts };
  });
  const trips = matchLots('fifo', events).matches.map((match) =>
    toRoundTrip({ instrument: 'X', currency: 'USD', match }),
  );
  return {
    round_trips: trips.map(({ openedAt, closedAt, profit, side, return: made }) => ({
      open: openedAt.toISOString().slice(0, 10),
      close: closedAt.toISOString().slice(0, 10),
      pnl: profit,
      rt_return: made,
      long: side === 'long',
    })),
    total_pnl: sum(trips.map(({ profit }) => profit)),
  };
};

const leanStatistics: Compute = ({ trades }) => {
  const made = tradeStatistics(
    trades.map(({ entry_minute: from, exit_minute: to, profit_loss: profit }: Json) => ({
      openedAt: new Date(from * 60_000),
      closedAt: new Date(to * 60_000),
      profit: text(profit),
    })),
  );
  return {
    TotalNumberOfTrades: made.trades,
    NumberOfWinningTrades: made.won,
    NumberOfLosingTrades: made.lost,
    TotalProfitLoss: made.total,
    TotalProfit: made.totalProfit,
    TotalLoss: made.totalLoss,
    LargestProfit: made.largestProfit ?? 0,
    LargestLoss: made.largestLoss ?? 0,
    AverageProfitLoss: made.expectancy,
    AverageProfit: made.averageProfit ?? 0,
    AverageLoss: made.averageLoss ?? 0,
    AverageTradeDuration_minutes: made.averageDurationMs! / 60_000,
    AverageWinningTradeDuration_minutes: (made.averageWinningDurationMs ?? 0) / 60_000,
    AverageLosingTradeDuration_minutes: (made.averageLosingDurationMs ?? 0) / 60_000,
    MaxConsecutiveWinningTrades: made.longestWinningRun,
    MaxConsecutiveLosingTrades: made.longestLosingRun,
    WinRate: made.winRate,
    LossRate: made.lossRate,
    ...(made.profitFactor !== null && { ProfitFactor: made.profitFactor, ProfitLossRatio: made.payoffRatio }),
  };
};

const hledgerRoi: Compute = ({
  begin,
  end_exclusive: end,
  value_at_begin: first,
  value_at_end: last,
  events,
}) => {
  // A day's flow comes after what the day is worth before it: the period before ends there.
  let atWork = first;
  const returns = events.map(({ value_before_flow: value, external_flow: flow }: Json) => {
    const made = periodReturn({ begin: atWork, end: value, inflow: 0, outflow: 0 });
    atWork = value + flow;
    return made;
  });
  const total = chained([...returns, periodReturn({ begin: atWork, end: last, inflow: 0, outflow: 0 })]);
  // As irr-hledger-4 says of the same program, a year of its figures has 365.25 days: 39.99 % of roi-hledger-16-h1 is 39.96 % with 365.
  const daysPerYear = 365.25;
  const days = dayNumber(end) - dayNumber(begin);
  const flows = [
    { days: dayNumber(begin), amount: -first },
    ...events.map(({ date, external_flow: flow }: Json) => ({ days: dayNumber(date), amount: -flow })),
    { days: dayNumber(end), amount: last },
  ];
  const { rate } = xirr(flows, daysPerYear);
  return {
    irr_annual: rate! * 100,
    twr_period: total * 100,
    twr_annual: annualised(total, days, daysPerYear)! * 100,
  };
};

const dailyTwr: Compute = ({ start, end, transactions, currency }) => {
  const entries = ledgerOf(
    transactions.map(({ date, type, amount }: Json) => ({
      on: date,
      terms: { kind: type === 'withdraw' ? 'withdrawal' : type, amount: text(amount), currency },
    })),
  );
  const days = Array.from({ length: dayNumber(end) - dayNumber(start) + 1 }, (_, n) =>
    new Date(Date.parse(start) + n * dayMs).toISOString().slice(0, 10),
  );
  const { days: valued } = valuedDaysOf(
    daysOf(entries, { from: start, to: end }, { base: currency, book: bookOf([]) }),
    days,
  );
  const returns = valued.map(({ value, inflow, outflow }, n) =>
    periodReturn({
      begin: n === 0 ? 0 : Number(valued[n - 1]!.value),
      end: Number(value),
      inflow: Number(inflow),
      outflow: Number(outflow),
    }),
  ) as number[];
  return { daily_return: returns, accumulated_return: cumulated(returns) };
};

const risk: Compute = (inputs, { expected }) => {
  const {
    returns = [],
    periods_per_year: perYear = 252,
    equity_daily: equity,
    prices_daily: prices,
  } = inputs;
  const all: number[] = returns.map((each: number | null) => each ?? 0);
  const given: number[] = returns.filter((each: number | null) => each !== null);
  const levelsFrom = (from: string, levels: number[]) =>
    levels.map((level, n) => ({
      on: new Date(Date.parse(from) + n * dayMs).toISOString().slice(0, 10),
      level,
    }));
  const drawdown = drawdownOf(
    levelsFrom(
      inputs.first_date ?? '2000-01-03',
      equity ?? prices ?? [1, ...cumulated(all).map((each) => 1 + each)],
    ),
  );
  const annual = annualised(chained(all), all.length, perYear);
  const figures: Record<string, unknown> = {
    cumulative: cumulated(all),
    final: chained(all),
    max_drawdown: drawdown.depth,
    annual_return: annual,
    annual_volatility: volatility(given, perYear),
    sharpe: sharpe(given, perYear),
    calmar: calmar(annual, drawdown.depth),
    downside_risk: downsideRisk(given, perYear),
    sortino: sortino(given, perYear),
    longest_recovery_days: drawdown.longestRecoveryDays,
    peak: drawdown.peakOn,
    valley: drawdown.troughOn,
    recovery: drawdown.recoveredOn,
  };
  return Object.fromEntries(Object.keys(expected).map((name) => [name, figures[name]]));
};

const cfd: Compute = ({
  bid_open_pence: _bid,
  ask_open_pence: ask,
  units,
  close_profit: up,
  close_loss: down,
}) => {
  const closedAt = (pence: number) =>
    lotsCase(
      [
        {
          on: '2026-01-05',
          terms: { kind: 'buy', instrument: 'X', quantity: text(units), price: text(ask), currency: 'GBX' },
        },
        {
          on: '2026-01-06',
          terms: {
            kind: 'sell',
            instrument: 'X',
            quantity: text(units),
            price: text(pence),
            currency: 'GBX',
          },
        },
      ],
      'fifo',
      '1',
      'GBP',
    ).realised;
  return { profit_gbp: closedAt(up.bid), loss_gbp: closedAt(down.bid) };
};

const rowsOf = (data: string, file: string) => {
  const [head, ...lines] = gunzipSync(readFileSync(path.join(data, file)))
    .toString()
    .trim()
    .split('\n');
  const names = head!.split(',');
  return lines.map(
    (line) =>
      Object.fromEntries(line.split(',').map((field, n) => [names[n]!, field])) as Record<string, string>,
  );
};
const plain = (value: string) => decimal.canonical(value);

const realYear: Compute = (inputs, _case, data) => {
  const {
    transactions_file: file,
    daily_values_file: valuesFile,
    start_cash: cash,
    start_date: start,
    currency,
  } = inputs;
  const transactions = rowsOf(data, file);
  const values = rowsOf(data, valuesFile);
  const entries = ledgerOf([
    { on: start, terms: { kind: 'deposit', amount: text(cash), currency } },
    ...tradesOf(
      transactions.map(({ date, symbol, signed_quantity: quantity, price }) => ({
        on: date!,
        instrument: symbol!,
        quantity: plain(quantity!),
        price: plain(price!),
      })),
      currency,
    ),
  ]);
  // What a unit is worth on a day is not published; the value of the units is.
  const units = new Map<string, string>();
  let next = 0;
  const prices = values.flatMap((row) => {
    for (; next < transactions.length && transactions[next]!['date']! <= row['date']!; next++) {
      const { symbol, signed_quantity: quantity } = transactions[next]!;
      units.set(symbol!, decimal.add(units.get(symbol!) ?? '0', plain(quantity!)));
    }
    return [...units]
      .filter(([, held]) => decimal.compare(held, '0') !== 0)
      .map(([instrument, held]) => ({
        instrument,
        on: row['date']!,
        price: decimal.divide(plain(row[`${instrument}_value`]!), held, 20, 'half-even'),
        currency,
      }));
  });
  const book = bookOf(prices);
  const days = values.map(({ date }) => date!);
  const { days: valued } = valuedDaysOf(
    daysOf(entries, { from: days[0]!, to: days.at(-1)! }, { base: currency, book }),
    days,
  );
  valued.forEach(({ value }, n) =>
    expect(Number(value), days[n]).toBeCloseTo(Number(values[n]!['equity']), 4),
  );
  const returns = valued.map(({ value }, n) =>
    periodReturn({
      begin: n === 0 ? cash : Number(valued[n - 1]!.value),
      end: Number(value),
      inflow: 0,
      outflow: 0,
    }),
  ) as number[];
  returns.forEach((each, n) => expect(each, days[n]).toBeCloseTo(Number(values[n]!['daily_return']), 9));
  const held = (method: CostMethod) =>
    holdingsOf(entries, { method, base: currency, book, on: days.at(-1)! });
  const [fifo, average] = [held('fifo'), held('average')];
  const total = (each: typeof fifo, of: 'realised' | 'unrealised') =>
    sum(each.holdings.map((one) => one[of]!));
  return {
    transactions: transactions.length,
    days: valued.length,
    final_equity: fifo.valueBase,
    total_pnl: decimal.subtract(fifo.valueBase!, text(cash)),
    realised_pnl_fifo: total(fifo, 'realised'),
    unrealised_pnl_fifo: total(fifo, 'unrealised'),
    realised_pnl_average_cost: total(average, 'realised'),
    unrealised_pnl_average_cost: total(average, 'unrealised'),
    final_quantity: Object.fromEntries(
      fifo.holdings.map(({ instrument, quantity }) => [instrument, quantity]),
    ),
    final_cash: fifo.cash[0]!.amount,
    time_weighted_return: chained(returns),
    max_drawdown_close_to_close: drawdownOf([
      { on: '2004-01-08', level: 1 },
      ...cumulated(returns).map((each, n) => ({ on: days[n]!, level: 1 + each })),
    ]).depth,
    mean_daily_return: mean(returns),
    sd_daily_return: standardDeviation(returns),
    sharpe_252: sharpe(returns, 252),
  };
};

const byCategory: Record<string, Compute> = {
  mwr_xirr: xirrCase,
  xnpv: ({ rate, cash_flows: flows }) => ({ xnpv: presentValue(rate, flowsOf(flows)) }),
  npv: ({ rate, cash_flows: flows }) => ({ npv: presentValue(rate, periodic(flows), 1) }),
  irr_periodic: ({ cash_flows: flows }) => ({ irr: xirr(periodic(flows), 1).rate }),
  twr_and_irr: hledgerRoi,
  twr: dailyTwr,
  modified_dietz: ({ value_begin: begin, value_end: end, period_days: days, flows }) => {
    const { averageCapital, ...made } = modifiedDietz({ begin, end, days, flows });
    return { ...made, average_capital: averageCapital };
  },
  risk,
  trade_matching: (inputs, made, data) => (inputs.fills ? leanTrades : roundTrips)(inputs, made, data),
  trade_statistics: leanStatistics,
  cost_basis: costBasis,
  cost_basis_uk: ukPool,
  position_pnl: positionPnl,
  cfd,
  transaction_history: realYear,
};

/** Cases without a figure of ours, and why. */
const leftOut: Record<string, string> = {
  'mirr-1':
    'a modified internal rate, with a rate for what is borrowed and one for what is invested again, is no figure of ours',
  'risk-pp-volatility':
    'deviations of logarithms of returns, summed over the period, are none of ours: ours are of returns, and of a year',
  'funding-ig-ftse-long':
    'what a night costs is told by the broker and booked as funding: it is not computed here',
};
/** Figures of other cases that are none of ours, and why. */
const figuresLeftOut: Record<string, Record<string, string>> = {
  cfd: { margin_gbp: 'the margin of a position is a figure of trading' },
  trade_matching: {
    mae: 'the worst that was seen while a trade was open needs prices within a day',
    mfe: 'the best needs them too',
    fees: 'the source lays the whole fee of a fill on the first trade it touches, ours is by units; their total is compared',
  },
  trade_statistics: Object.fromEntries(
    [
      'WinLossRatio',
      'AverageMAE',
      'AverageMFE',
      'LargestMAE',
      'LargestMFE',
      'MaximumClosedTradeDrawdown',
      'MaximumIntraTradeDrawdown',
      'ProfitLossStandardDeviation',
      'ProfitLossDownsideDeviation',
      'SharpeRatio',
      'SortinoRatio',
      'ProfitToMaxDrawdownRatio',
      'MaximumEndTradeDrawdown',
      'AverageEndTradeDrawdown',
      'MaximumDrawdownDuration_minutes',
      'TotalFees',
    ].map((name) => [name, 'no figure of ours']),
  ),
};
const cappedRatios = ['ProfitFactor', 'ProfitLossRatio'];

/** Compares as deep as the expected value goes, numbers and decimal text to the tolerance of their name. */
function compare(
  found: any,
  expected: any,
  where: string,
  tolerance: number,
  skipped: Record<string, string>,
): void {
  if (Array.isArray(expected)) {
    expect(found, where).toHaveLength(expected.length);
    expected.forEach((each, n) => compare(found[n], each, `${where}[${n}]`, tolerance, skipped));
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, each] of Object.entries(expected))
      if (!Object.hasOwn(skipped, name)) compare(found?.[name], each, `${where}.${name}`, tolerance, skipped);
  } else if (typeof expected === 'number') {
    expect(found, where).toSatisfy(
      (value: unknown) => typeof value === 'number' || typeof value === 'string',
    );
    expect(
      Math.abs(Number(found) - expected),
      `${where}: ${String(found)} for ${expected}`,
    ).toBeLessThanOrEqual(tolerance);
  } else expect(found, where).toEqual(expected);
}

await describeWith('data', 'published cases', (data) => {
  const { cases } = JSON.parse(readFileSync(path.join(data, 'portfolio-cases.json'), 'utf8')) as {
    cases: Case[];
  };

  test.each(cases.filter(({ id }) => !Object.hasOwn(leftOut, id)).map((each) => [each.id, each] as const))(
    '%s',
    (_id, made) => {
      const compute = byCategory[made.category]!;
      const found = compute(made.inputs, made, data);
      const skipped = figuresLeftOut[made.category] ?? {};
      let compared = 0;
      for (const [name, expected] of Object.entries(made.expected)) {
        if (Object.hasOwn(skipped, name)) continue;
        // Where nothing was lost the source writes 10 for what we do not divide.
        if (cappedRatios.includes(name) && made.expected['TotalLoss'] === 0) {
          expect(found[name], name).toBeUndefined();
          continue;
        }
        const tolerance =
          typeof made.tolerance === 'number'
            ? made.tolerance
            : (made.tolerance[name] ?? made.tolerance['*'] ?? 0);
        compare(found[name], expected, name, tolerance, skipped);
        compared++;
      }
      expect(compared).toBeGreaterThan(0);
    },
  );

  test.each(Object.entries(leftOut))('%s is left out: %s', (id) => {
    expect(cases.map((each) => each.id)).toContain(id);
  });

  test('how many cases pass and how many are left out', () => {
    expect({ all: cases.length, leftOut: Object.keys(leftOut).length }).toEqual({ all: 59, leftOut: 3 });
  });
});
