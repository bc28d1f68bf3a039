// What an instrument is: the facts that IG's pages give of one, and what drives its price. Which there are: instruments.ts.
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
  type: 'CURRENCIES' | 'INDICES' | 'COMMODITIES' | 'SHARES' | 'RATES' | 'UNKNOWN';
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
  /** Likewise, of those whose positions can go over into the next contract. */
  rolloverTime?: string;
  premium: number;
  premiumUnit: 'POINTS' | 'PERCENTAGE';
  /** Smallest step of a trailing stop; 1e10: none can trail. */
  minStepPoints: number;
}

/** The kind of account that deals in it: a bet is in money per point. */
export const accountTypeOf = ({ unit }: Instrument) => (unit === 'AMOUNT' ? 'SPREADBET' : 'CFD');
