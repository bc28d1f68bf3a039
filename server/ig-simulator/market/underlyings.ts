// The markets that instruments are about, by IG's market id: what drives the price of each, and what IG's pages say of dealing in it. Contracts are in instruments.ts.
import { zones } from './hours.ts';
import type { Instrument } from './instrument.ts';
import { oneOf, pairsOf, rowsOf, stepsOf } from './rows.ts';

/** What all instruments of a market share unless they say otherwise. */
export type Underlying = Omit<
  Instrument,
  'epic' | 'expiry' | 'unit' | 'lotSize' | 'contractSize' | 'valueOfOnePip' | 'minDealSize'
>;

/** Dollars for one unit, 2026; crosses follow from them, so that EUR/GBP is always EUR/USD over GBP/USD. And how much each moves. */
const currencies = new Map(
  rowsOf(
    ['code', 'dollars', 'perDollar', 'volatility'],
    `
    USD | 1    |       | 0.32
    EUR | 1.17 |       | 0.25
    GBP | 1.35 |       | 0.3
    AUD | 0.66 |       | 0.45
    NZD | 0.58 |       | 0.45
    JPY |      | 152   | 0.42
    CAD |      | 1.385 | 0.22
    CHF |      | 0.802 | 0.32
    `,
  ).map(({ code, dollars, perDollar, volatility }) => [
    code,
    { dollars: Number(dollars) || 1 / Number(perDollar), volatility: Number(volatility) },
  ]),
);

const pairs = rowsOf(
  ['pair', 'spread', 'night', 'guaranteed', 'premium', 'slotMs', 'margin'],
  `
  EURUSD | 0.6 | 2   | 5 | 1.2 | 250 | 3.33
  GBPUSD | 0.9 | 3   | 8 | 2   | 300 | 3.33
  USDJPY | 0.7 | 2   | 5 | 1.5 | 300 | 3.33
  AUDUSD | 0.6 | 2   | 5 | 0.8 | 500 | 5
  USDCAD | 1.3 | 3   | 8 | 1.5 | 500 | 3.33
  USDCHF | 1.5 | 3   | 8 | 2   | 500 | 3.33
  EURGBP | 0.9 | 2.5 | 8 | 2   | 500 | 3.33
  EURJPY | 1.5 | 4   | 8 | 1.5 | 400 | 3.33
  EURCHF | 2   | 4   | 8 | 2   | 600 | 3.33
  NZDUSD | 1.8 | 4   | 8 | 2   | 800 | 5
  `,
);
function currencyPair({ pair, spread, night, guaranteed, premium, slotMs, margin }: (typeof pairs)[number]) {
  const [base, quote] = [pair.slice(0, 3), pair.slice(3)];
  const [one, other] = [currencies.get(base)!, currencies.get(quote)!];
  const yen = quote === 'JPY';
  return {
    name: `${base}/${quote}`,
    type: 'CURRENCIES',
    group: 'Forex',
    currency: quote,
    marketId: pair,
    newsCode: quote === 'USD' ? `${base}=` : base === 'USD' ? `${quote}=` : `${pair}=`,
    country: null,
    onePipMeans: `${yen ? '0.01' : '0.0001'} ${quote}/${base}`,
    decimals: yen ? 3 : 5,
    scaling: yen ? 100 : 10_000,
    base: one.dollars / other.dollars,
    factors: [
      [base, one.volatility],
      [quote, -other.volatility],
    ],
    spreads: stepsOf(`0 ${spread}, 21 ${night}, 23 ${spread}`),
    hours: 'fx',
    slotMs: Number(slotMs),
    marginPct: Number(margin),
    minStopPoints: 2,
    stopUnit: 'POINTS',
    minGuaranteedStop: Number(guaranteed),
    premium: Number(premium),
    premiumUnit: 'POINTS',
    minStepPoints: 5,
  } satisfies Underlying;
}

/** What drives the price of the others. */
const priceRows = rowsOf(
  ['id', 'places', 'scaling', 'base', 'slotMs', 'hours', 'factors', 'spreads'],
  `
  FT100   | 1 | 1   | 9690  | 700  | allWeek | equities 0.75, ftse 0.45       | 0 4, 1 3, 7 2, 8 1, 16 2, 21 4
  DE30    | 1 | 1   | 24150 | 500  | allWeek | equities 0.75, dax 0.5         | 0 5, 1 4, 7 2, 8 1.2, 16 2, 21 5
  FR40    | 1 | 1   | 8110  | 700  | allWeek | equities 0.75, cac 0.45        | 0 4, 7 2, 8 1, 16 2, 21 4
  WALL    | 1 | 1   | 46900 | 400  | allWeek | equities 0.75, dow 0.35        | 0 4.8, 7 3.6, 14 2.4, 21 4.8, 22 9.8, 23 4.8
  US500   | 2 | 1   | 6780  | 400  | allWeek | equities 0.75, us500 0.3       | 0 0.6, 14 0.4, 21 0.6, 22 1.5, 23 0.6
  USTECH  | 1 | 1   | 25050 | 300  | allWeek | equities 0.75, ustech 0.7      | 0 2, 14 1, 21 2, 22 5, 23 2
  JP225   | 1 | 1   | 50200 | 900  | japan   | equities 0.75, nikkei 0.8      | 0 12, 1 30, 9 7, 16 12
  GC      | 2 | 1   | 4120  | 300  | allWeek | metals 0.8, gold 0.5, USD -0.3 | 0 0.6, 7 0.3, 21 0.6
  SI      | 1 | 1   | 5020  | 600  | allWeek | metals 1.3, silver 1, USD -0.3 | 0 4, 7 2, 21 4
  PL      | 1 | 1   | 1540  | 900  | allWeek | metals 0.9, platinum 0.9       | 0 4
  PA      | 1 | 1   | 1390  | 900  | allWeek | metals 0.9, palladium 1.4      | 0 6
  HG      | 1 | 1   | 49800 | 900  | allWeek | metals 0.6, copper 1           | 0 25
  LCO     | 1 | 1   | 6420  | 600  | brent   | energy 1.7, brent 0.5          | 0 10, 7 2.8, 21 10
  CL      | 1 | 1   | 6030  | 600  | allWeek | energy 1.7, wti 0.6            | 0 6, 7 2.8, 21 6
  NG      | 1 | 1   | 3850  | 600  | allWeek | energy 0.8, gas 3              | 0 3
  CFI     | 1 | 1   | 8140  | 600  | carbon  | energy 0.6, carbon 1.6         | 0 6
  W       | 1 | 1   | 5350  | 900  | allWeek | grains 1.2, wheat 0.9          | 0 5
  10YRTND | 1 | 1   | 11290 | 900  | allWeek | rates 0.25, treasuries 0.15    | 0 4
  FGBL    | 1 | 1   | 12860 | 900  | allWeek | rates 0.25, bund 0.15          | 0 2
  FLG     | 1 | 1   | 9180  | 900  | allWeek | rates 0.25, gilts 0.25         | 0 3
  BITCOIN | 2 | 1   | 92400 | 400  | crypto  | crypto 2.3, bitcoin 1.2        | 0 48
  ETHUSD  | 2 | 1   | 3060  | 400  | crypto  | crypto 2.9, ether 1.7          | 0 1.6
  LTCUSD  | 2 | 1   | 84    | 800  | crypto  | crypto 2.9, litecoin 2         | 0 0.5
  AAPL-US | 2 | 100 | 271   | 1000 | usShare | equities 0.8, AAPL-US 1.1      | 0 8, 9 4, 16 8
  TSLA-US | 2 | 100 | 416   | 1000 | usShare | equities 0.8, TSLA-US 2.9      | 0 24, 9 12, 16 24
  MSFT-US | 2 | 100 | 478   | 1000 | usShare | equities 0.8, MSFT-US 1        | 0 12, 9 6, 16 12
  PFE-US  | 2 | 100 | 25.6  | 1000 | usShare | equities 0.8, PFE-US 1.2       | 0 4, 9 2, 16 4
  FB-US   | 2 | 100 | 610   | 1000 | usShare | equities 0.8, FB-US 1.5        | 0 16, 9 8, 16 16
  BNP-FR  | 2 | 100 | 72.4  | 1000 | euShare | equities 0.8, BNP-FR 1.1       | 0 6, 9 3, 16 6
  BP-UK   | 2 | 1   | 437   | 1000 | ukShare | equities 0.8, BP-UK 1          | 0 0.87
  VOD-UK  | 2 | 1   | 95    | 1000 | ukShare | equities 0.8, VOD-UK 1.1       | 0 0.2
  `,
);
const prices = new Map(priceRows.map((row) => [row.id, row]));

/** What IG asks of deals in them: `%` where it counts per cent, else points. */
const rules = rowsOf(
  ['id', 'name', 'group', 'currency', 'country', 'margin', 'stop', 'guaranteed', 'premium', 'step', 'pip'],
  `
  FT100   | FTSE 100               | Indices         | GBP | GB | 5  | 4  | 10  | 0.8  | 10 | 1 Index Point
  DE30    | Germany 40             | Indices         | EUR | DE | 5  | 5  | 15  | 1.5  | 10 | 1 Index Point
  FR40    | France 40              | Indices         | EUR | FR | 5  | 4  | 15  | 1    | 10 | 1 Index Point
  WALL    | Wall Street            | Indices         | USD | US | 5  | 6  | 30  | 1.8  | 10 | 1 Index Point
  US500   | US 500                 | Indices         | USD | US | 5  | 1  | 5   | 0.25 | 10 | 1 Index Point
  USTECH  | US Tech 100            | Indices         | USD | US | 5  | 4  | 20  | 1    | 10 | 1 Index Point
  JP225   | Japan 225              | Indices         | USD | JP | 5  | 15 | 80  | 8    | 10 | 1 Index Point
  GC      | Spot Gold              | Commodities     | USD |    | 5  | 1  | 5   | 0.5  | 1  | 1 USD/Troy Ounce
  SI      | Spot Silver            | Commodities     | USD |    | 10 | 5  | 20  | 2    | 5  | 1 cent/Troy Ounce
  PL      | Platinum               | Commodities     | USD |    | 10 | 8  | 20  | 3    | 5  | 1 USD/Troy Ounce
  PA      | Palladium              | Commodities     | USD |    | 10 | 12 | 30  | 4    | 5  | 1 USD/Troy Ounce
  HG      | High Grade Copper      | Commodities     | USD |    | 10 | 50 | 150 | 20   | 5  | 1 cent
  LCO     | Oil - Brent Crude      | Commodities     | USD |    | 10 | 12 | 30  | 3    | 5  | 1 cent
  CL      | Oil - US Crude         | Commodities     | USD |    | 10 | 12 | 30  | 3    | 5  | 1 cent
  NG      | Natural Gas            | Commodities     | USD |    | 10 | 10 | 40  | 20   | 5  | 0.1 cent
  CFI     | Carbon Emissions       | Commodities     | EUR |    | 10 | 10 | 10% | 30   | 1  | 1 cent
  W       | Chicago Wheat          | Commodities     | USD |    | 10 | 10 | 30  | 3    | 5  | 0.1 cent
  10YRTND | 10-Year T-Note Decimal | Rates           | USD | US | 20 | 4  | 12  | 1    | 5  | 0.01
  FGBL    | Bund                   | Rates           | EUR | DE | 20 | 4  | 12  | 1    | 5  | 0.01
  FLG     | Long Gilt              | Rates           | GBP | GB | 20 | 4  | 12  | 1    | 5  | 0.01
  BITCOIN | Bitcoin                | Cryptocurrency  | USD |    | 50 | 1% | 10% | 50   | 5  | 1 USD
  ETHUSD  | Ether                  | Cryptocurrency  | USD |    | 50 | 1% | 10% | 1    | 5  | 1 USD
  LTCUSD  | Litecoin               | Cryptocurrency  | USD |    | 50 | 1% | 10% | 0.5  | 5  | 1 USD
  AAPL-US | Apple Inc              | Shares - US     | USD | US | 20 | 1% | 5%  | 0.3% | 5  | 1 cent
  TSLA-US | Tesla Inc              | Shares - US     | USD | US | 20 | 1% | 5%  | 0.7% | 5  | 1 cent
  MSFT-US | Microsoft Corp         | Shares - US     | USD | US | 20 | 1% | 5%  | 0.3% | 5  | 1 cent
  PFE-US  | Pfizer Inc             | Shares - US     | USD | US | 20 | 1% | 5%  | 0.3% | 5  | 1 cent
  FB-US   | Meta Platforms Inc     | Shares - US     | USD | US | 20 | 1% | 5%  | 0.3% | 5  | 1 cent
  BNP-FR  | BNP Paribas SA         | Shares - Europe | EUR | FR | 20 | 1% | 5%  | 0.3% | 5  | 1 cent
  BP-UK   | BP plc                 | Shares - UK     | GBP | GB | 20 | 1% | 5%  | 0.3% | 5  | 1 penny
  VOD-UK  | Vodafone Group plc     | Shares - UK     | GBP | GB | 20 | 1% | 5%  | 0.3% | 5  | 1 penny
  `,
);
const types: Record<string, Instrument['type']> = {
  Indices: 'INDICES',
  Commodities: 'COMMODITIES',
  Rates: 'RATES',
  Cryptocurrency: 'CURRENCIES',
};
/** Recorded: IG counts them as currencies too. */
const spotMetals = ['GC', 'SI'];
const unitOf = (cell: string) => (cell.endsWith('%') ? 'PERCENTAGE' : 'POINTS');
function other({ id, pip, country, ...rule }: (typeof rules)[number]): Underlying {
  const price = prices.get(id)!;
  const type = spotMetals.includes(id) ? 'CURRENCIES' : (types[rule.group] ?? 'SHARES');
  return {
    name: rule.name,
    type,
    group: rule.group,
    currency: rule.currency,
    marketId: id,
    newsCode: null,
    country: country || null,
    onePipMeans: pip,
    decimals: Number(price.places),
    scaling: Number(price.scaling),
    base: Number(price.base),
    factors: pairsOf(price.factors),
    spreads: stepsOf(price.spreads),
    hours: oneOf(zones, price.hours),
    ...(type === 'SHARES' && country !== 'GB' && { shutStatus: 'EDITS_ONLY' }),
    slotMs: Number(price.slotMs),
    marginPct: Number(rule.margin),
    minStopPoints: parseFloat(rule.stop),
    stopUnit: unitOf(rule.stop),
    minGuaranteedStop: parseFloat(rule.guaranteed),
    ...(unitOf(rule.guaranteed) !== unitOf(rule.stop) && { guaranteedStopUnit: unitOf(rule.guaranteed) }),
    premium: parseFloat(rule.premium),
    premiumUnit: unitOf(rule.premium),
    minStepPoints: Number(rule.step),
  };
}

/** All markets by their id, the currency pairs first. */
export const underlyings: ReadonlyMap<string, Underlying> = new Map(
  [...pairs.map(currencyPair), ...rules.map(other)].map((each) => [each.marketId, each]),
);
