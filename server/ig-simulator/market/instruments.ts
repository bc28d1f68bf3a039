// The instruments the simulator offers: what IG's product pages say of each, and what drives its price. No behaviour.
import type { Zone } from './hours.ts';

/** IG's words (IG REST: GET /markets `marketStatus`). */
export type MarketStatus =
  | 'TRADEABLE'
  | 'EDITS_ONLY'
  | 'CLOSINGS_ONLY'
  | 'CLOSED'
  | 'SUSPENDED'
  | 'OFFLINE'
  | 'ON_AUCTION'
  | 'ON_AUCTION_NO_EDITS'
  | 'DEAL_NO_EDIT';

export interface Instrument {
  epic: string;
  name: string;
  type: 'CURRENCIES' | 'INDICES' | 'COMMODITIES' | 'SHARES' | 'UNKNOWN';
  group: string;
  /** `-`, `DFB`, or the month or day (`DEC-27`) of one that never expires here. */
  expiry: string;
  unit: 'CONTRACTS' | 'AMOUNT' | 'SHARES';
  /** The default one. */
  currency: string;
  /** Others it may be dealt in. */
  otherCurrencies?: readonly string[];
  marketId: string;
  newsCode: string | null;
  country: string | null;
  lotSize: number;
  contractSize: string | null;
  valueOfOnePip: string | null;
  onePipMeans: string | null;
  /** Digits after the point of every quote. */
  decimals: number;
  /** Points = quote × scaling. */
  scaling: number;
  /** The level its path moves around, in quote units. */
  base: number;
  /** What moves it: factor name and standard deviation of the daily change in per cent; a minus sign turns it round. */
  factors: readonly (readonly [factor: string, dailyPct: number])[];
  /** Spread in points from each hour on, in rising order starting at 0; hours of the day where it trades. */
  spreads: readonly (readonly [fromHour: number, points: number])[];
  hours: Zone;
  /** What it is while shut; default CLOSED. */
  shutStatus?: MarketStatus;
  /** Length of the slots that hold at most one tick each; three slots of four tick. */
  slotMs: number;
  /** Of the first band. */
  marginPct: number;
  /** From each size on; default: `marginPct` for all. */
  marginBands?: readonly (readonly [fromSize: number, pct: number])[];
  minDealSize: number;
  minStopPoints: number;
  stopUnit: 'POINTS' | 'PERCENTAGE';
  minGuaranteedStop: number;
  /** Default `stopUnit`. */
  guaranteedStopUnit?: 'POINTS' | 'PERCENTAGE';
  /** Default 75. */
  maxStopPct?: number;
  /** Steps of guaranteed stops in points; default 20. */
  spacingPoints?: number;
  /** Default true. */
  stopsLimitsAllowed?: boolean;
  /** Default AVAILABLE_DEFAULT_OFF. */
  marketOrderPreference?: 'NOT_AVAILABLE';
  /** ISO, to the minute, of those that expire. */
  lastDealingDate?: string;
  premium: number;
  premiumUnit: 'POINTS' | 'PERCENTAGE';
  /** Smallest step of a trailing stop; 1e10: none can trail. */
  minStepPoints: number;
}

/** The kind of account that deals in it: a bet is in money per point. */
export const accountTypeOf = ({ unit }: Instrument) => (unit === 'AMOUNT' ? 'SPREADBET' : 'CFD');

/** Levels of 2026; crosses follow from them, so that EUR/GBP is always EUR/USD over GBP/USD. */
const usd: Record<string, number> = {
  EUR: 1.17,
  GBP: 1.35,
  AUD: 0.66,
  NZD: 0.58,
  JPY: 1 / 152,
  CAD: 1 / 1.385,
  CHF: 1 / 0.802,
  USD: 1,
};
const currencyVolatility: Record<string, number> = {
  USD: 0.32,
  EUR: 0.25,
  GBP: 0.3,
  JPY: 0.42,
  AUD: 0.45,
  NZD: 0.45,
  CAD: 0.22,
  CHF: 0.32,
};

const pip = (text: string, currency: string, base: string) => `${text} ${currency}/${base}`;

function fx(
  pair: string,
  spread: number,
  night: number,
  minGuaranteedStop: number,
  premium: number,
  slotMs: number,
  marginPct = 3.33,
): Instrument {
  const [base, quote] = [pair.slice(0, 3), pair.slice(3)];
  const yen = quote === 'JPY';
  return {
    epic: `CS.D.${pair}.CFD.IP`,
    name: `${base}/${quote}${pair === 'EURUSD' ? ' ' : ''}`,
    type: 'CURRENCIES',
    group: 'Forex',
    expiry: '-',
    unit: 'CONTRACTS',
    currency: quote,
    marketId: pair,
    newsCode: quote === 'USD' ? `${base}=` : base === 'USD' ? `${quote}=` : `${pair}=`,
    country: null,
    lotSize: 10,
    contractSize: '100000',
    valueOfOnePip: yen ? '1000.00' : '10.00',
    onePipMeans: pip(yen ? '0.01' : '0.0001', quote, base),
    decimals: yen ? 3 : 5,
    scaling: yen ? 100 : 10_000,
    base: usd[base]! / usd[quote]!,
    factors: [
      [base, currencyVolatility[base]!],
      [quote, -currencyVolatility[quote]!],
    ],
    spreads: [
      [0, spread],
      [21, night],
      [23, spread],
    ],
    hours: 'fx',
    slotMs,
    marginPct,
    minDealSize: 1,
    minStopPoints: 2,
    stopUnit: 'POINTS',
    minGuaranteedStop,
    premium,
    premiumUnit: 'POINTS',
    minStepPoints: 5,
  };
}

interface IndexFacts {
  epic: string;
  name: string;
  currency: string;
  country: string;
  perPoint: number;
  base: number;
  own: number;
  spreads: Instrument['spreads'];
  decimals?: number;
  minDealSize: number;
  minStop: number;
  guaranteed: number;
  premium: number;
  slotMs: number;
  factor: string;
  marketId: string;
  hours?: Zone;
}

function index(facts: IndexFacts): Instrument {
  const { perPoint, own, minStop, guaranteed, factor, ...rest } = facts;
  return {
    decimals: 1,
    hours: 'allWeek',
    ...rest,
    type: 'INDICES',
    group: 'Indices',
    expiry: '-',
    unit: 'CONTRACTS',
    newsCode: null,
    lotSize: perPoint,
    contractSize: String(perPoint),
    valueOfOnePip: perPoint.toFixed(2),
    onePipMeans: '1 Index Point',
    scaling: 1,
    factors: [
      ['equities', 0.75],
      [factor, own],
    ],
    marginPct: 5,
    minStopPoints: minStop,
    stopUnit: 'POINTS',
    minGuaranteedStop: guaranteed,
    premiumUnit: 'POINTS',
    minStepPoints: 10,
  };
}

/** `like` as a spread bet in pounds per point. */
const bet = (like: Instrument, facts: Pick<Instrument, 'epic'> & Partial<Instrument>): Instrument => ({
  ...like,
  group: 'Spread bets',
  expiry: 'DFB',
  unit: 'AMOUNT',
  currency: 'GBP',
  lotSize: 1,
  contractSize: null,
  valueOfOnePip: null,
  onePipMeans: null,
  ...facts,
});

type CashFacts = Pick<
  Instrument,
  | 'epic'
  | 'name'
  | 'type'
  | 'group'
  | 'marketId'
  | 'lotSize'
  | 'contractSize'
  | 'valueOfOnePip'
  | 'onePipMeans'
  | 'decimals'
  | 'base'
  | 'factors'
  | 'spreads'
  | 'hours'
  | 'slotMs'
  | 'marginPct'
  | 'minDealSize'
  | 'minStopPoints'
  | 'minGuaranteedStop'
  | 'premium'
> &
  Partial<Instrument>;
const dollars = (facts: CashFacts): Instrument => ({
  expiry: '-',
  unit: 'CONTRACTS',
  currency: 'USD',
  newsCode: null,
  country: null,
  scaling: 1,
  stopUnit: 'POINTS',
  premiumUnit: 'POINTS',
  minStepPoints: 5,
  ...facts,
});
/** Quoted in dollars; points are cents. */
const share = (
  epic: string,
  name: string,
  marketId: string,
  base: number,
  own: number,
  spread: number,
  premium: number,
): Instrument =>
  dollars({
    epic,
    name,
    marketId,
    type: 'SHARES',
    group: 'Shares - US',
    unit: 'SHARES',
    country: 'US',
    lotSize: 1,
    contractSize: '1',
    valueOfOnePip: '0.01',
    onePipMeans: '1 cent',
    decimals: 2,
    scaling: 100,
    base,
    factors: [
      ['equities', 0.8],
      [marketId, own],
    ],
    spreads: [
      [0, spread * 2],
      [9, spread],
      [16, spread * 2],
    ],
    hours: 'usShare',
    shutStatus: 'EDITS_ONLY',
    slotMs: 1_000,
    marginPct: 20,
    minDealSize: 1,
    minStopPoints: 1,
    stopUnit: 'PERCENTAGE',
    minGuaranteedStop: 5,
    premium,
    premiumUnit: 'PERCENTAGE',
  });
/** A US share as a bet per cent, in all sessions. */
const allSessions = (like: Instrument, epic: string, name: string, facts: Partial<Instrument>): Instrument =>
  bet(like, {
    epic,
    name,
    decimals: 1,
    scaling: 1,
    base: like.base * 100,
    hours: 'usShareAllSessions',
    shutStatus: 'CLOSED',
    minDealSize: 0.1,
    minStopPoints: 5,
    stopUnit: 'POINTS',
    guaranteedStopUnit: 'PERCENTAGE',
    maxStopPct: 90,
    spacingPoints: 100,
    ...facts,
  });

const eurusd = fx('EURUSD', 0.6, 2, 5, 1.2, 250);
const audusd = fx('AUDUSD', 0.6, 2, 5, 0.8, 500, 5);
const gold = {
  type: 'CURRENCIES',
  group: 'Commodities',
  marketId: 'GC',
  decimals: 2,
  base: 4_120,
  factors: [
    ['metals', 0.8],
    ['gold', 0.5],
    ['USD', -0.3],
  ],
  spreads: [
    [0, 0.6],
    [7, 0.3],
    [21, 0.6],
  ],
  hours: 'allWeek',
  slotMs: 300,
  marginPct: 5,
  minStopPoints: 1,
  minGuaranteedStop: 5,
  premium: 0.5,
  minStepPoints: 1,
} as const;
const oil = {
  type: 'COMMODITIES',
  group: 'Commodities',
  lotSize: 10,
  contractSize: '10',
  valueOfOnePip: '10.00',
  onePipMeans: '1 cent',
  decimals: 1,
  slotMs: 600,
  marginPct: 10,
  minDealSize: 0.2,
  minStopPoints: 12,
  minGuaranteedStop: 30,
  premium: 3,
} as const;
const brent = dollars({
  ...oil,
  epic: 'CC.D.LCO.UNC.IP',
  name: 'Oil - Brent Crude',
  marketId: 'LCO',
  base: 6_420,
  factors: [
    ['energy', 1.7],
    ['brent', 0.5],
  ],
  spreads: [
    [0, 10],
    [7, 2.8],
    [21, 10],
  ],
  hours: 'brent',
});
const crypto = {
  type: 'CURRENCIES',
  group: 'Cryptocurrency',
  lotSize: 1,
  contractSize: '1',
  valueOfOnePip: '1.00',
  onePipMeans: '1 USD',
  decimals: 2,
  hours: 'crypto',
  slotMs: 400,
  marginPct: 50,
  minStopPoints: 1,
  minGuaranteedStop: 10,
  stopUnit: 'PERCENTAGE',
} as const;
const ftse = index({
  epic: 'IX.D.FTSE.IFE.IP',
  name: 'FTSE 100 (£1)',
  currency: 'GBP',
  country: 'GB',
  perPoint: 1,
  base: 9_690,
  own: 0.45,
  spreads: [
    [0, 4],
    [1, 3],
    [7, 2],
    [8, 1],
    [16, 2],
    [21, 4],
  ],
  minDealSize: 0.5,
  minStop: 4,
  guaranteed: 10,
  premium: 0.8,
  slotMs: 700,
  factor: 'ftse',
  marketId: 'FT100',
});
const dax = {
  currency: 'EUR',
  country: 'DE',
  base: 24_150,
  own: 0.5,
  spreads: [
    [0, 5],
    [1, 4],
    [7, 2],
    [8, 1.2],
    [16, 2],
    [21, 5],
  ],
  minStop: 5,
  guaranteed: 15,
  premium: 1.5,
  slotMs: 500,
  factor: 'dax',
  marketId: 'DE30',
} as const;
const us500 = {
  currency: 'USD',
  country: 'US',
  base: 6_780,
  own: 0.3,
  spreads: [
    [0, 0.6],
    [14, 0.4],
    [21, 0.6],
    [22, 1.5],
    [23, 0.6],
  ],
  decimals: 2,
  minStop: 1,
  guaranteed: 5,
  premium: 0.25,
  slotMs: 400,
  factor: 'us500',
  marketId: 'US500',
} as const;
const nikkei = {
  country: 'JP',
  perPoint: 1,
  base: 50_200,
  own: 0.8,
  minDealSize: 0.5,
  minStop: 15,
  guaranteed: 80,
  premium: 8,
  slotMs: 900,
  factor: 'nikkei',
  marketId: 'JP225',
  hours: 'japan',
} as const;
const apple = share('UA.D.AAPL.CASH.IP', 'Apple Inc', 'AAPL-US', 271, 1.1, 4, 0.3);

export const instruments: readonly Instrument[] = [
  {
    ...eurusd,
    marginBands: [
      [0, 3.33],
      [11.5, 3.33],
      [115, 3.33],
      [172.5, 15],
    ],
  },
  {
    ...eurusd,
    epic: 'CS.D.EURUSD.MINI.IP',
    name: 'EUR/USD Mini',
    group: 'Forex (mini)',
    lotSize: 1,
    contractSize: '10000',
    valueOfOnePip: '1.00',
    marginBands: [
      [0, 3.33],
      [115, 3.33],
      [1_150, 3.33],
      [1_725, 15],
    ],
  },
  bet(eurusd, {
    epic: 'CS.D.EURUSD.TODAY.IP',
    name: 'EUR/USD DFB',
    decimals: 1,
    scaling: 1,
    base: eurusd.base * 10_000,
    minDealSize: 0.5,
  }),
  fx('GBPUSD', 0.9, 3, 8, 2, 300),
  fx('USDJPY', 0.7, 2, 5, 1.5, 300),
  audusd,
  bet(audusd, {
    epic: 'CS.D.AUDUSD.TODAY.IP',
    name: 'AUD/USD DFB',
    decimals: 1,
    scaling: 1,
    base: audusd.base * 10_000,
    minDealSize: 0.5,
  }),
  fx('USDCAD', 1.3, 3, 8, 1.5, 500),
  fx('USDCHF', 1.5, 3, 8, 2, 500),
  fx('EURGBP', 0.9, 2.5, 8, 2, 500),
  fx('EURJPY', 1.5, 4, 8, 1.5, 400),
  fx('NZDUSD', 1.8, 4, 8, 2, 800, 5),
  ftse,
  bet(ftse, { epic: 'IX.D.FTSE.DAILY.IP', name: 'FTSE 100' }),
  index({ ...dax, epic: 'IX.D.DAX.IFMM.IP', name: 'Germany 40 (€1)', perPoint: 1, minDealSize: 0.5 }),
  index({ ...dax, epic: 'IX.D.DAX.IFD.IP', name: 'Germany 40 (€25)', perPoint: 25, minDealSize: 0.2 }),
  index({
    epic: 'IX.D.CAC.IDF.IP',
    name: 'France 40 (€10)',
    currency: 'EUR',
    country: 'FR',
    perPoint: 10,
    base: 8_110,
    own: 0.45,
    spreads: [
      [0, 4],
      [7, 2],
      [8, 1],
      [16, 2],
      [21, 4],
    ],
    minDealSize: 0.2,
    minStop: 4,
    guaranteed: 15,
    premium: 1,
    slotMs: 700,
    factor: 'cac',
    marketId: 'FR40',
  }),
  index({
    epic: 'IX.D.DOW.IDF.IP',
    name: 'Wall Street ($10)',
    currency: 'USD',
    country: 'US',
    perPoint: 10,
    base: 46_900,
    own: 0.35,
    spreads: [
      [0, 4.8],
      [7, 3.6],
      [14, 2.4],
      [21, 4.8],
      [22, 9.8],
      [23, 4.8],
    ],
    minDealSize: 0.2,
    minStop: 6,
    guaranteed: 30,
    premium: 1.8,
    slotMs: 400,
    factor: 'dow',
    marketId: 'WALL',
  }),
  index({ ...us500, epic: 'IX.D.SPTRD.IFMM.IP', name: 'US 500 ($1)', perPoint: 1, minDealSize: 1 }),
  index({ ...us500, epic: 'IX.D.SPTRD.IFM.IP', name: 'US 500 ($50)', perPoint: 50, minDealSize: 0.04 }),
  index({
    epic: 'IX.D.NASDAQ.IFMM.IP',
    name: 'US Tech 100 ($1)',
    currency: 'USD',
    country: 'US',
    perPoint: 1,
    base: 25_050,
    own: 0.7,
    spreads: [
      [0, 2],
      [14, 1],
      [21, 2],
      [22, 5],
      [23, 2],
    ],
    minDealSize: 0.5,
    minStop: 4,
    guaranteed: 20,
    premium: 1,
    slotMs: 300,
    factor: 'ustech',
    marketId: 'USTECH',
  }),
  index({
    ...nikkei,
    epic: 'IX.D.NIKKEI.IFM.IP',
    name: 'Japan 225 ($1)',
    currency: 'USD',
    spreads: [
      [0, 12],
      [1, 30],
      [9, 7],
      [16, 12],
    ],
  }),
  index({
    ...nikkei,
    epic: 'IX.D.NIKKEI.IFA.IP',
    name: 'Japan 225 (A$1)',
    currency: 'AUD',
    spreads: [
      [0, 30],
      [9, 10],
      [16, 30],
    ],
  }),
  dollars({
    ...gold,
    epic: 'CS.D.CFDGOLD.CFDGC.IP',
    name: 'Spot Gold',
    lotSize: 100,
    contractSize: '100',
    valueOfOnePip: '100.00',
    onePipMeans: '1 USD/Troy Ounce',
    minDealSize: 0.1,
  }),
  dollars({
    ...gold,
    epic: 'CS.D.CFDGOLD.BMU.IP',
    name: 'Spot Gold ($1 Contract)',
    lotSize: 1,
    contractSize: '1',
    valueOfOnePip: '1.00',
    onePipMeans: '1 USD/Troy Ounce',
    minDealSize: 1,
  }),
  dollars({
    epic: 'CS.D.CFDSILVER.CFM.IP',
    name: 'Mini Spot Silver (500oz)',
    type: 'CURRENCIES',
    group: 'Commodities',
    marketId: 'SI',
    lotSize: 5,
    contractSize: '5',
    valueOfOnePip: '5.00',
    onePipMeans: '1 cent/Troy Ounce',
    decimals: 1,
    base: 5_020,
    factors: [
      ['metals', 1.3],
      ['silver', 1],
      ['USD', -0.3],
    ],
    spreads: [
      [0, 4],
      [7, 2],
      [21, 4],
    ],
    hours: 'allWeek',
    slotMs: 600,
    marginPct: 10,
    minDealSize: 0.1,
    minStopPoints: 5,
    minGuaranteedStop: 20,
    premium: 2,
  }),
  brent,
  {
    ...brent,
    epic: 'CC.D.LCO.UME.IP',
    name: 'Oil - Brent Crude Mini',
    lotSize: 1,
    contractSize: '1',
    valueOfOnePip: '1.00',
  },
  dollars({
    ...oil,
    epic: 'CC.D.CL.UNC.IP',
    name: 'Oil - US Crude',
    marketId: 'CL',
    base: 6_030,
    factors: [
      ['energy', 1.7],
      ['wti', 0.6],
    ],
    spreads: [
      [0, 6],
      [7, 2.8],
      [21, 6],
    ],
    hours: 'allWeek',
  }),
  dollars({
    ...oil,
    epic: 'CC.D.NG.UNC.IP',
    name: 'Natural Gas',
    marketId: 'NG',
    onePipMeans: '0.1 cent',
    base: 3_850,
    factors: [
      ['energy', 0.8],
      ['gas', 3],
    ],
    spreads: [[0, 3]],
    hours: 'allWeek',
    minStopPoints: 10,
    minGuaranteedStop: 40,
    premium: 20,
  }),
  bet(
    dollars({
      ...oil,
      epic: 'CO.D.CFI.Month2.IP',
      name: 'Carbon Emissions',
      marketId: 'CFI',
      newsCode: 'CO2',
      base: 8_140,
      factors: [
        ['energy', 0.6],
        ['carbon', 1.6],
      ],
      spreads: [[0, 6]],
      hours: 'carbon',
    }),
    {
      epic: 'CO.D.CFI.Month2.IP',
      group: 'Commodities',
      expiry: 'DEC-27',
      lastDealingDate: '2027-12-20T17:00',
      otherCurrencies: ['EUR'],
      marginBands: [
        [0, 10],
        [495, 15],
        [990, 20],
        [2_722.5, 30],
      ],
      minDealSize: 0.25,
      minStopPoints: 10,
      minGuaranteedStop: 10,
      guaranteedStopUnit: 'PERCENTAGE',
      spacingPoints: 10,
      premium: 30,
      minStepPoints: 1,
    },
  ),
  dollars({
    ...crypto,
    epic: 'CS.D.BITCOIN.CFD.IP',
    name: 'Bitcoin ($1)',
    marketId: 'BITCOIN',
    base: 92_400,
    factors: [
      ['crypto', 2.3],
      ['bitcoin', 1.2],
    ],
    spreads: [[0, 48]],
    minDealSize: 0.01,
    premium: 50,
  }),
  dollars({
    ...crypto,
    epic: 'CS.D.ETHUSD.CFD.IP',
    name: 'Ether ($1)',
    marketId: 'ETHUSD',
    base: 3_060,
    factors: [
      ['crypto', 2.9],
      ['ether', 1.7],
    ],
    spreads: [[0, 1.6]],
    minDealSize: 0.1,
    premium: 1,
  }),
  apple,
  allSessions(apple, 'UA.D.AAPL.DAILY.IP', 'Apple Inc (All Sessions)', {
    marginBands: [
      [0, 20],
      [324, 20],
      [1_782, 40],
      [5_184, 75],
    ],
    spreads: [
      [0, 20],
      [9, 13],
      [16, 20],
    ],
  }),
  share('UD.D.TSLA.CASH.IP', 'Tesla Inc', 'TSLA-US', 416, 2.9, 12, 0.7),
  share('UC.D.MSFT.CASH.IP', 'Microsoft Corp', 'MSFT-US', 478, 1, 6, 0.3),
  share('SE.D.PFE.CASH.IP', 'Pfizer Inc', 'PFE-US', 25.6, 1.2, 2, 0.3),
  allSessions(
    share('UB.D.FB.CASH.IP', '', 'FB-US', 610, 1.5, 8, 0.3),
    'UB.D.FB.DAILY.IP',
    'Meta Platforms Inc (All Sessions)',
    {},
  ),
  {
    ...share('EC.D.BNPP.CASH.IP', 'BNP Paribas SA', 'BNP-FR', 72.4, 1.1, 3, 0.3),
    group: 'Shares - Europe',
    currency: 'EUR',
    country: 'FR',
    lotSize: 0.01,
    hours: 'euShare',
  },
  bet(share('KA.D.BP.CASH.IP', 'BP plc DFB', 'BP-UK', 437, 1, 0.87, 0.3), {
    epic: 'KA.D.BP.DAILY.IP',
    country: 'GB',
    scaling: 1,
    spreads: [[0, 0.87]],
    hours: 'ukShare',
    shutStatus: 'CLOSED',
  }),
  bet(
    index({
      ...dax,
      epic: 'DO.D.OTCDDAX.1.IP',
      name: 'Daily Germany 40 25050 PUT',
      perPoint: 1,
      minDealSize: 0.1,
    }),
    {
      epic: 'DO.D.OTCDDAX.1.IP',
      type: 'UNKNOWN',
      group: 'Options',
      expiry: '21-MAY-27',
      lastDealingDate: '2027-05-21T16:30',
      base: 186,
      factors: [
        ['equities', -2.5],
        ['dax', -2],
      ],
      spreads: [[0, 4]],
      hours: 'daxOption',
      slotMs: 1_500,
      stopsLimitsAllowed: false,
      marketOrderPreference: 'NOT_AVAILABLE',
      minStepPoints: 1e10,
    },
  ),
];

export const instrumentByEpic: ReadonlyMap<string, Instrument> = new Map(
  instruments.map((instrument) => [instrument.epic, instrument]),
);

const otherSymbols: Record<string, string> = {
  XAUUSD: 'CS.D.CFDGOLD.CFDGC.IP',
  XAGUSD: 'CS.D.CFDSILVER.CFM.IP',
  BTCUSD: 'CS.D.BITCOIN.CFD.IP',
  ETHUSD: 'CS.D.ETHUSD.CFD.IP',
  DE30EUR: 'IX.D.DAX.IFMM.IP',
  FTSE100: 'IX.D.FTSE.IFE.IP',
  ES: 'IX.D.SPTRD.IFMM.IP',
  SP500: 'IX.D.SPTRD.IFMM.IP',
  SPX: 'IX.D.SPTRD.IFMM.IP',
  AAPL: 'UA.D.AAPL.CASH.IP',
};

/** The epic that recordings of `symbol` (`EURUSD`, `XAUUSD`) are played on, or undefined. */
export function epicOfSymbol(symbol: string): string | undefined {
  const epic = otherSymbols[symbol] ?? `CS.D.${symbol}.CFD.IP`;
  return instrumentByEpic.has(epic) ? epic : undefined;
}
