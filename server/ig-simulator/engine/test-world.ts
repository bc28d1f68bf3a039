// A small market for the engine's tests: quotes one can move, two rates, and an engine that folds what it decides.
import { instrumentByEpic } from '../market/instruments.ts';
import type { MarketStatus } from '../market/instrument.ts';
import { seededRandom } from '../random.ts';
import { decide } from './decide.ts';
import { emptyState, evolve } from './state.ts';
import { accountFigures } from './value.ts';
import type { Command, OpenPosition, PlaceOrder } from './commands.ts';
import type { DealDecision, Decision, Dealt, Rejected } from './decisions.ts';
import type { Context, Quote, State } from './types.ts';

export const eurusd = 'CS.D.EURUSD.CFD.IP';
export const ftse = 'IX.D.FTSE.IFE.IP';
export const ftseBet = 'IX.D.FTSE.DAILY.IP';

export const quoteOf = (bid: string, offer: string, status: MarketStatus = 'TRADEABLE'): Quote => ({
  bid,
  offer,
  status,
});
const startQuotes: Record<string, Quote> = {
  [eurusd]: quoteOf('1.17000', '1.17006'),
  [ftse]: quoteOf('9690.0', '9691.0'),
  [ftseBet]: quoteOf('9690.0', '9691.0'),
  'CS.D.EURUSD.TODAY.IP': quoteOf('11700.0', '11700.6'),
  'UA.D.AAPL.CASH.IP': quoteOf('271.00', '271.04'),
  'CS.D.USDJPY.CFD.IP': quoteOf('152.000', '152.007'),
  'CS.D.CFDGOLD.CFDGC.IP': quoteOf('4120.00', '4120.30'),
  'CS.D.BITCOIN.CFD.IP': quoteOf('92400.00', '92448.00'),
  'CC.D.LCO.UNC.IP': quoteOf('6420.0', '6422.8'),
  'IX.D.DOW.IDF.IP': quoteOf('46900.0', '46902.4'),
};
const rates: Record<string, string> = { USDGBP: '0.75', EURGBP: '0.87', JPYGBP: '0.005', GBPUSD: '1.35' };

/** A world with account CFD1 (CFD, GBP 100,000), CFD2 (the same) and BET1 (spread bet, GBP 10,000), on a Monday. */
export function createWorld() {
  const quotes = new Map(Object.entries(startQuotes));
  const context: Context = {
    now: new Date('2026-01-05T09:00:00.138Z'),
    quote: (epic) => quotes.get(epic),
    instrument: (epic) => instrumentByEpic.get(epic),
    rate: (from, to) => rates[from + to],
    random: seededRandom('world'),
  };
  let state: State = emptyState;
  const log: Decision[] = [];
  const world = {
    context,
    log,
    quotes,
    get state() {
      return state;
    },
    set(epic: string, bid: string, offer: string, status: MarketStatus = 'TRADEABLE') {
      quotes.set(epic, quoteOf(bid, offer, status));
      return world.run({ type: 'tick', epic });
    },
    run(command: Command, over: Partial<Context> = {}): readonly Decision[] {
      const decisions = decide(state, command, { ...context, ...over });
      for (const decision of decisions) state = evolve(state, decision);
      log.push(...decisions);
      return decisions;
    },
    /** Opens 1 EUR/USD on CFD1 unless told otherwise. */
    open(wanted: Partial<OpenPosition> = {}, over: Partial<Context> = {}): Dealt | Rejected {
      return world.run(
        {
          type: 'openPosition',
          accountId: 'CFD1',
          epic: eurusd,
          expiry: '-',
          direction: 'BUY',
          size: '1',
          currencyCode: 'USD',
          forceOpen: true,
          ...wanted,
        },
        over,
      )[0] as Dealt | Rejected;
    },
    close(
      dealId: string,
      wanted: { direction?: 'BUY' | 'SELL'; size?: string; level?: string; accountId?: string } = {},
      over: Partial<Context> = {},
    ): Dealt | Rejected {
      return world.run(
        { type: 'closePosition', accountId: 'CFD1', dealId, direction: 'SELL', size: '1', ...wanted },
        over,
      )[0] as Dealt | Rejected;
    },
    /** Rests a LIMIT order to buy 1 EUR/USD 20 points below the market unless told otherwise. */
    place(wanted: Partial<PlaceOrder> = {}, over: Partial<Context> = {}): DealDecision {
      return world.run(
        {
          type: 'placeOrder',
          accountId: 'CFD1',
          epic: eurusd,
          expiry: '-',
          direction: 'BUY',
          size: '1',
          currencyCode: 'USD',
          kind: 'LIMIT',
          level: '1.16806',
          ...wanted,
        },
        over,
      )[0] as DealDecision;
    },
    account: (accountId = 'CFD1') => state.accounts.get(accountId)!,
    figures: (accountId = 'CFD1') => accountFigures(state, accountId, context),
  };
  for (const accountId of ['CFD1', 'CFD2'])
    world.run({
      type: 'createAccount',
      accountId,
      login: 'trader',
      accountType: 'CFD',
      currency: 'GBP',
      cash: '100000',
    });
  world.run({
    type: 'createAccount',
    accountId: 'BET1',
    login: 'trader',
    accountType: 'SPREADBET',
    currency: 'GBP',
    cash: '10000.00',
  });
  return world;
}
export type World = ReturnType<typeof createWorld>;
/** The reason of a decision: SUCCESS, or why it was refused. */
export const reasonOf = (decision: DealDecision) =>
  decision.type === 'rejected' ? decision.reason : 'SUCCESS';
