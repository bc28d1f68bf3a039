// The instruments that the simulator offers: CFDs, the bets beside them and dated futures, each a contract on a market of underlyings.ts. No behaviour.
import type { Instrument } from './instrument.ts';
import { pairsOf, rowsOf, stepsOf } from './rows.ts';
import { underlyings, type Underlying } from './underlyings.ts';

/** The two of EUR/USD first: the shortest search finds them. */
const cfds = rowsOf(
  ['epic', 'market', 'name', 'contract', 'smallest'],
  `
  CS.D.EURUSD.CFD.IP    | EURUSD  |                          | 100000 | 1
  CS.D.EURUSD.MINI.IP   | EURUSD  | EUR/USD Mini             | 10000  | 1
  CS.D.GBPUSD.CFD.IP    | GBPUSD  |                          | 100000 | 1
  CS.D.USDJPY.CFD.IP    | USDJPY  |                          | 100000 | 1
  CS.D.AUDUSD.CFD.IP    | AUDUSD  |                          | 100000 | 1
  CS.D.USDCAD.CFD.IP    | USDCAD  |                          | 100000 | 1
  CS.D.USDCHF.CFD.IP    | USDCHF  |                          | 100000 | 1
  CS.D.EURGBP.CFD.IP    | EURGBP  |                          | 100000 | 1
  CS.D.EURJPY.CFD.IP    | EURJPY  |                          | 100000 | 1
  CS.D.EURCHF.CFD.IP    | EURCHF  |                          | 100000 | 1
  CS.D.NZDUSD.CFD.IP    | NZDUSD  |                          | 100000 | 1
  IX.D.FTSE.IFE.IP      | FT100   | FTSE 100 (£1)            | 1      | 0.5
  IX.D.FTSE.CFD.IP      | FT100   | FTSE 100 (£10)           | 10     | 0.2
  IX.D.DAX.IFMM.IP      | DE30    | Germany 40 (€1)          | 1      | 0.5
  IX.D.DAX.IFD.IP       | DE30    | Germany 40 (€25)         | 25     | 0.2
  IX.D.DAX.IDF.IP       | DE30    | Germany 40 Cash (€25)    | 25     | 0.2
  IX.D.CAC.IDF.IP       | FR40    | France 40 (€10)          | 10     | 0.2
  IX.D.DOW.IDF.IP       | WALL    | Wall Street ($10)        | 10     | 0.2
  IX.D.DOW.IFD.IP       | WALL    | Wall Street Cash ($10)   | 10     | 0.2
  IX.D.SPTRD.IFMM.IP    | US500   | US 500 ($1)              | 1      | 1
  IX.D.SPTRD.IFM.IP     | US500   | US 500 ($50)             | 50     | 0.04
  IX.D.NASDAQ.IFMM.IP   | USTECH  | US Tech 100 ($1)         | 1      | 0.5
  IX.D.NIKKEI.IFM.IP    | JP225   | Japan 225 ($1)           | 1      | 0.5
  IX.D.NIKKEI.IFA.IP    | JP225   | Japan 225 (A$1)          | 1      | 0.5
  CS.D.CFDGOLD.CFDGC.IP | GC      |                          | 100    | 0.1
  CS.D.CFDGOLD.BMU.IP   | GC      | Spot Gold ($1 Contract)  | 1      | 1
  CS.D.CFDSILVER.CFM.IP | SI      | Mini Spot Silver (500oz) | 5      | 0.1
  CC.D.LCO.UNC.IP       | LCO     |                          | 10     | 0.2
  CC.D.LCO.UME.IP       | LCO     | Oil - Brent Crude Mini   | 1      | 0.2
  CC.D.CL.UNC.IP        | CL      |                          | 10     | 0.2
  CC.D.NG.UNC.IP        | NG      |                          | 10     | 0.2
  CS.D.BITCOIN.CFD.IP   | BITCOIN | Bitcoin ($1)             | 1      | 0.01
  CS.D.ETHUSD.CFD.IP    | ETHUSD  | Ether ($1)               | 1      | 0.1
  CS.D.LTCUSD.CFD.IP    | LTCUSD  | Litecoin ($1)            | 1      | 1
  UA.D.AAPL.CASH.IP     | AAPL-US |                          | 1      | 1
  UD.D.TSLA.CASH.IP     | TSLA-US |                          | 1      | 1
  UC.D.MSFT.CASH.IP     | MSFT-US |                          | 1      | 1
  SE.D.PFE.CASH.IP      | PFE-US  |                          | 1      | 1
  UB.D.FB.CASH.IP       | FB-US   |                          | 1      | 1
  EC.D.BNPP.CASH.IP     | BNP-FR  |                          | 1      | 1
  KA.D.BP.CASH.IP       | BP-UK   |                          | 0.01   | 1
  KA.D.VOD.CASH.IP      | VOD-UK  |                          | 0.01   | 1
  `,
);
/** In pounds a point; currencies are quoted in points, shares in cents or pence. */
const bets = rowsOf(
  ['epic', 'market', 'name', 'smallest'],
  `
  CS.D.EURUSD.TODAY.IP  | EURUSD  | EUR/USD DFB                       | 0.5
  CS.D.GBPUSD.TODAY.IP  | GBPUSD  | GBP/USD DFB                       | 0.5
  CS.D.USDJPY.TODAY.IP  | USDJPY  | USD/JPY DFB                       | 0.5
  CS.D.AUDUSD.TODAY.IP  | AUDUSD  | AUD/USD DFB                       | 0.5
  CS.D.USDCAD.TODAY.IP  | USDCAD  | USD/CAD DFB                       | 0.5
  CS.D.USDCHF.TODAY.IP  | USDCHF  | USD/CHF DFB                       | 0.5
  CS.D.EURGBP.TODAY.IP  | EURGBP  | EUR/GBP DFB                       | 0.5
  CS.D.EURJPY.TODAY.IP  | EURJPY  | EUR/JPY DFB                       | 0.5
  CS.D.EURCHF.TODAY.IP  | EURCHF  | EUR/CHF DFB                       | 0.5
  CS.D.NZDUSD.TODAY.IP  | NZDUSD  | NZD/USD DFB                       | 0.5
  IX.D.FTSE.DAILY.IP    | FT100   |                                   | 0.5
  IX.D.DAX.DAILY.IP     | DE30    |                                   | 0.5
  IX.D.CAC.DAILY.IP     | FR40    |                                   | 0.5
  IX.D.DOW.DAILY.IP     | WALL    |                                   | 0.5
  IX.D.SPTRD.DAILY.IP   | US500   |                                   | 0.5
  IX.D.NASDAQ.CASH.IP   | USTECH  |                                   | 0.5
  IX.D.NIKKEI.DAILY.IP  | JP225   |                                   | 0.5
  CS.D.USCGC.TODAY.IP   | GC      |                                   | 0.5
  CS.D.USCSI.TODAY.IP   | SI      |                                   | 0.5
  CC.D.LCO.USS.IP       | LCO     |                                   | 0.5
  CC.D.CL.USS.IP        | CL      |                                   | 0.5
  CC.D.NG.USS.IP        | NG      |                                   | 0.5
  CS.D.BITCOIN.TODAY.IP | BITCOIN |                                   | 0.1
  CS.D.ETHUSD.TODAY.IP  | ETHUSD  |                                   | 0.1
  CS.D.LTCUSD.TODAY.IP  | LTCUSD  |                                   | 1
  UA.D.AAPL.DAILY.IP    | AAPL-US | Apple Inc (All Sessions)          | 0.1
  UD.D.TSLA.DAILY.IP    | TSLA-US | Tesla Inc (All Sessions)          | 0.1
  UC.D.MSFT.DAILY.IP    | MSFT-US | Microsoft Corp (All Sessions)     | 0.1
  SE.D.PFE.DAILY.IP     | PFE-US  | Pfizer Inc (All Sessions)         | 0.1
  UB.D.FB.DAILY.IP      | FB-US   | Meta Platforms Inc (All Sessions) | 0.1
  EC.D.BNPP.DAILY.IP    | BNP-FR  | BNP Paribas SA DFB                | 0.1
  KA.D.BP.DAILY.IP      | BP-UK   | BP plc DFB                        | 1
  KA.D.VOD.DAILY.IP     | VOD-UK  | Vodafone Group plc DFB            | 1
  `,
);
/** Bets on the price at a date, which lies so far ahead that none expires here; `spread` replaces that of the market. */
const futures = rowsOf(
  ['epic', 'market', 'name', 'spread', 'smallest', 'lastDealing'],
  `
  MT.D.GC.Month1.IP        | GC      | Gold   | 0.6 | 0.5  | 2027-10-26T18:30
  MT.D.GC.Month2.IP        | GC      | Gold   | 0.6 | 0.5  | 2027-12-28T18:30
  MT.D.SI.Month1.IP        | SI      | Silver | 4   | 0.5  | 2027-12-28T18:25
  MT.D.PL.Month1.IP        | PL      |        | 4   | 0.5  | 2027-10-26T18:05
  MT.D.PL.Month2.IP        | PL      |        | 4   | 0.5  | 2028-01-26T18:05
  MT.D.PA.Month1.IP        | PA      |        | 6   | 0.5  | 2027-12-28T18:00
  MT.D.HG.Month1.IP        | HG      |        | 25  | 0.1  | 2027-12-28T18:00
  MT.D.HG.Month2.IP        | HG      |        | 25  | 0.1  | 2028-03-28T18:00
  EN.D.LCO.Month1.IP       | LCO     |        | 6   | 0.5  | 2027-10-29T19:30
  EN.D.CL.Month1.IP        | CL      |        | 6   | 0.5  | 2027-11-19T19:30
  EN.D.NG.Month1.IP        | NG      |        | 6   | 0.5  | 2027-11-26T19:30
  IX.D.FTSE.MONTH1.IP      | FT100   |        | 8   | 0.5  | 2027-12-17T10:15
  IX.D.DAX.MONTH1.IP       | DE30    |        | 12  | 0.5  | 2027-12-17T12:00
  IX.D.CAC.MONTH1.IP       | FR40    |        | 8   | 0.5  | 2027-12-17T15:00
  IX.D.DOW.MONTH1.IP       | WALL    |        | 12  | 0.5  | 2027-12-17T14:30
  IX.D.SPTRD.MONTH1.IP     | US500   |        | 1   | 0.5  | 2027-12-17T14:30
  IX.D.NASDAQ.MONTH1.IP    | USTECH  |        | 4   | 0.5  | 2027-12-17T14:30
  IX.D.NIKKEI.MONTH1.IP    | JP225   |        | 30  | 0.5  | 2027-12-09T06:15
  CO.D.CFI.Month2.IP       | CFI     |        | 6   | 0.25 | 2027-12-20T17:00
  CO.D.W.Month1.IP         | W       |        | 5   | 0.5  | 2027-12-14T18:15
  IR.D.10YEAR100.Month1.IP | 10YRTND |        | 4   | 0.5  | 2027-12-20T18:00
  IR.D.FGBL.Month1.IP      | FGBL    |        | 2   | 0.5  | 2027-12-08T11:30
  IR.D.FLG.Month1.IP       | FLG     |        | 3   | 0.5  | 2027-12-29T11:00
  `,
);

const marketOf = (id: string) => underlyings.get(id)!;
type Row = { epic: string; market: string; name: string; smallest: string };
const pound = { unit: 'AMOUNT', currency: 'GBP', lotSize: 1 } as const;
/** What a point is worth is what was bet on it. */
const noContract = { contractSize: null, valueOfOnePip: null, onePipMeans: null };

function cfd({ epic, market, name, contract, smallest }: Row & { contract: string }): Instrument {
  const like = marketOf(market);
  const { type, group, scaling } = like;
  return {
    ...like,
    epic,
    name: name || like.name,
    expiry: '-',
    unit: type === 'SHARES' ? 'SHARES' : 'CONTRACTS',
    lotSize: group === 'Forex' ? Number(contract) / 10_000 : Number(contract),
    contractSize: contract,
    valueOfOnePip: (Number(contract) / scaling).toFixed(2),
    minDealSize: Number(smallest),
  };
}
/** A market as a bet quotes it: in points, which of a share are cents. */
function quotedInPoints(like: Underlying): Underlying {
  const { scaling, base, type } = like;
  const inPoints = scaling === 1 ? like : { ...like, decimals: 1, scaling: 1, base: base * scaling };
  if (type !== 'SHARES' || scaling === 1) return inPoints;
  const rules = { minStopPoints: 5, stopUnit: 'POINTS', guaranteedStopUnit: 'PERCENTAGE' } as const;
  return { ...inPoints, ...rules, shutStatus: 'CLOSED', maxStopPct: 90, spacingPoints: 100 };
}
function bet({ epic, market, name, smallest }: Row): Instrument {
  const like = quotedInPoints(marketOf(market));
  const allSessions = name.endsWith('(All Sessions)') && ({ hours: 'usShareAllSessions' } as const);
  const facts = { epic, name: name || like.name, minDealSize: Number(smallest) };
  return { ...like, ...allSessions, ...pound, ...noContract, ...facts, group: 'Spread bets', expiry: 'DFB' };
}
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** Positions are rolled a quarter of an hour before the last dealing (recorded). */
const rolledBeforeMs = 15 * 60_000;
function future({ spread, lastDealing, ...row }: Row & { spread: string; lastDealing: string }): Instrument {
  const [year = '', month = ''] = lastDealing.split('-');
  return {
    ...bet(row),
    group: marketOf(row.market).group,
    expiry: `${months[Number(month) - 1]}-${year.slice(2)}`,
    lastDealingDate: lastDealing,
    rolloverTime: new Date(Date.parse(`${lastDealing}Z`) - rolledBeforeMs).toISOString().slice(0, 16),
    spreads: [[0, Number(spread)]],
  };
}

/** What single instruments have otherwise than their market: most of it recorded. */
const exceptions: Record<string, Partial<Instrument>> = {
  'CS.D.EURUSD.CFD.IP': {
    name: 'EUR/USD ',
    marginBands: stepsOf('0 3.33, 11.5 3.33, 115 3.33, 172.5 15'),
  },
  'CS.D.EURUSD.MINI.IP': {
    group: 'Forex (mini)',
    marginBands: stepsOf('0 3.33, 115 3.33, 1150 3.33, 1725 15'),
  },
  'IX.D.NIKKEI.IFA.IP': { currency: 'AUD', spreads: stepsOf('0 30, 9 10, 16 30') },
  'EC.D.BNPP.CASH.IP': { lotSize: 0.01 },
  'UA.D.AAPL.DAILY.IP': {
    marginBands: stepsOf('0 20, 324 20, 1782 40, 5184 75'),
    spreads: stepsOf('0 20, 9 13, 16 20'),
  },
  'CO.D.CFI.Month2.IP': {
    newsCode: 'CO2',
    otherCurrencies: ['EUR'],
    marginBands: stepsOf('0 10, 495 15, 990 20, 2722.5 30'),
    spacingPoints: 10,
  },
};

/** A daily option: recorded as an example of a market where hardly anything is allowed. */
const option: Instrument = {
  ...bet({ epic: 'DO.D.OTCDDAX.1.IP', market: 'DE30', name: 'Daily Germany 40 25050 PUT', smallest: '0.1' }),
  type: 'UNKNOWN',
  group: 'Options',
  expiry: '21-MAY-27',
  lastDealingDate: '2027-05-21T16:30',
  base: 186,
  factors: pairsOf('equities -2.5, dax -2'),
  spreads: stepsOf('0 4'),
  hours: 'daxOption',
  slotMs: 1_500,
  stopsLimitsAllowed: false,
  marketOrderPreference: 'NOT_AVAILABLE',
  minStepPoints: 1e10,
};

/** Those of one market in the order of the tables: the CFD first says what the market is. */
export const instruments: readonly Instrument[] = [
  ...[...cfds.map(cfd), ...bets.map(bet), ...futures.map(future)].map((each) => ({
    ...each,
    ...exceptions[each.epic],
  })),
  option,
];
export const instrumentByEpic: ReadonlyMap<string, Instrument> = new Map(
  instruments.map((instrument) => [instrument.epic, instrument]),
);
