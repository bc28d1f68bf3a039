// The portfolio of a person of a demo world: its ledger over the days, at the prices of those days.
import { decimal } from '../../../shared/decimal.ts';
import type { TransactionTerms } from '../../../shared/portfolio-transactions.ts';
import { toAppError } from '../../trpc/errors.ts';
import type { Api } from './actor.ts';
import { draw } from './draw.ts';
import { daysBefore } from './trades.ts';

const portfolioName = 'US shares';
const currency = 'USD';
const [apple, microsoft] = ['UA.D.AAPL.CASH.IP', 'UC.D.MSFT.CASH.IP'] as const;
const held = [apple, microsoft];
type Held = (typeof held)[number];

/** In order of time, which is a share of the days from the first to yesterday's last minute. */
const plan: readonly {
  share: number;
  terms: (price: (of: Held) => string, units: number) => TransactionTerms;
}[] = [
  { share: 0, terms: () => ({ kind: 'deposit', amount: '25000', currency }) },
  { share: 0.05, terms: (price, units) => bought(apple, units * 2, price(apple)) },
  { share: 0.3, terms: (price, units) => bought(microsoft, units, price(microsoft)) },
  { share: 0.5, terms: () => ({ kind: 'deposit', amount: '2500', currency }) },
  {
    share: 0.6,
    terms: (_, units) => ({
      kind: 'dividend',
      instrument: apple,
      amount: decimal.multiply('0.26', String(units * 2)),
      currency,
    }),
  },
  { share: 0.75, terms: (price, units) => ({ ...bought(apple, units, price(apple)), kind: 'sell' }) },
  { share: 0.9, terms: () => ({ kind: 'interest', amount: '11.40', currency }) },
];
const bought = (instrument: Held, quantity: number, price: string) =>
  ({ kind: 'buy', instrument, quantity: String(quantity), price, currency, fee: '1.50' }) as const;

/** Adds what is not there; how many transactions that were. */
export async function seedPortfolio(
  api: Api,
  { seed, email, timeZone }: { seed: number; email: string; timeZone: string },
  { now, days }: { now: Date; days: number },
): Promise<number> {
  const { midnight, since } = daysBefore(now, days);
  const { portfolios } = await api.portfolio.list({ limit: 500 });
  const known = portfolios.find(({ name }) => name === portfolioName);
  if (known && known.transactions >= plan.length) return 0;
  const on = (at: Date) => at.toISOString().slice(0, 10);
  const closes = new Map<Held, { on: string; price: string }[]>();
  for (const epic of held)
    closes.set(epic, await closesOf(api, epic, { from: new Date(on(since)), to: midnight }));
  const { id } =
    known ??
    (await api.portfolio.create({
      name: portfolioName,
      baseCurrency: currency,
      timeZone,
      startsOn: on(since),
      tags: ['long-term'],
    }));
  await api.portfolio.setPrices({
    prices: held.flatMap((instrument) =>
      closes.get(instrument)!.map((close) => ({ ...close, instrument, currency })),
    ),
  });
  const units = 8 + Math.floor(draw(seed, email, 'units') * 12);
  let added = 0;
  for (const [n, { share, terms }] of plan.entries()) {
    const spanMs = midnight.getTime() - 60_000 - since.getTime();
    const at = new Date(since.getTime() + Math.floor(share * spanMs));
    const price = (of: Held) => closes.get(of)!.findLast((close) => close.on <= on(at))!.price;
    const transaction = { id, at, terms: terms(price, units), idempotencyKey: `SEED-${seed}-ledger-${n}` };
    try {
      const { replayed } = await api.portfolio.addTransaction(transaction);
      if (!replayed) added++;
    } catch (error) {
      // It was written on an earlier day.
      if (toAppError(error).code !== 'portfolio.key_reused') throw error;
    }
  }
  return added;
}

/** The closing bid of each day, oldest first. */
async function closesOf(api: Api, epic: Held, { from, to }: { from: Date; to: Date }) {
  const page = await api.marketData.candles({
    epic,
    resolution: 'DAY',
    zone: 'UTC',
    feed: 'simulated',
    from,
    to,
    limit: 500,
    format: 'rows',
  });
  if (page.format !== 'rows') throw new Error('invariant: rows were asked for');
  return page.candles.flatMap(({ startAt, close }) =>
    close.bid === null
      ? []
      : [{ on: startAt.toISOString().slice(0, 10), price: decimal.canonical(close.bid) }],
  );
}
