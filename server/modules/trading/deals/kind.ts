// What a kind of deal answers. Each kind is one file; kinds.ts is the table of them, and nothing else in the house branches on a kind.
import type { DealKindName } from '../../../../shared/trading.ts';
import type { UnknownBecause } from '../../../../shared/preview.ts';
import type { Tx } from '../../../db/transaction.ts';
import type { Entry } from '../account-transaction.ts';
import type {
  ActivityEvidence,
  BrokerAccount,
  ConfirmEvidence,
  DealAnswer,
  Dealing,
  MarketPrice,
  OrderEvidence,
  PositionEvidence,
  SendOptions,
} from '../ports.ts';
import type { DealLife, DealRow, Verdict } from './life.ts';
import type { Rulings } from './ruling.ts';

/**
 * Whose reference a deal bears. `ours`: chosen here and committed before it is sent, so the deal is found by it whatever happens.
 * `brokers`: the broker makes one for this deal and tells it in its answer. `positions`: the broker answers with the reference of the
 * position's opening, or of the order's placing, so several deals bear the same one (IG: an amend, a cancellation).
 */
export type ReferenceOf = 'ours' | 'brokers' | 'positions';

/** What a request fixes of the deal's row; what is left out is null there. */
export type DealTerms = Pick<DealRow, 'epic' | 'expiry' | 'name' | 'direction' | 'size' | 'currency'> &
  Partial<
    Pick<
      DealRow,
      | 'dealId'
      | 'dealReference'
      | 'stopLevel'
      | 'stopDistance'
      | 'limitLevel'
      | 'limitDistance'
      | 'guaranteedStop'
      | 'trailingDistance'
      | 'trailingIncrement'
      | 'worstLevel'
      | 'tolerance'
      | 'tag'
      | 'note'
      | 'orderType'
      | 'orderLevel'
      | 'goodTillAt'
      | 'positionSize'
      | 'positionVersion'
      | 'evidenceAfter'
    >
  >;

/** Whether a request is sent, and as what. */
export interface Admission {
  terms: DealTerms;
  /** A halt stops it, and money and limits are asked. */
  raisesRisk: boolean;
  /** Margin to set aside, in the account's currency; null: none, or not known here, so that the broker's own check holds. */
  required: string | null;
  /** Why the margin it takes is not known; left out: it is, or it takes none. */
  requiredUnknown?: UnknownBecause | undefined;
  /** What it adds to the exposure if it is filled, in the account's currency; null: not known here. */
  exposure: string | null;
  /** What its own rules say, in their order. State, limits and money are looked at for every kind alike, in risk/check.ts. */
  rulings(): Rulings;
  /** What a preview shows of it. */
  outlook: Outlook;
}
/** The levels behind a deal; null: not known now, left out: it has none. */
export interface Outlook {
  /** By which it was decided. */
  price: MarketPrice | null;
  /** At which it would be filled. */
  fillLevel?: string | null;
  /** From which the profit of what it opens or changes is counted. */
  openLevel?: string | null;
  /** From which its stop and limit are measured. */
  stopsFrom?: string | null;
}
/**
 * Decides under the account's lock: what it reads is asked for right behind it, and so is of after it. May run again and has no other
 * effect. Throws AppErrors for what cannot be asked for at all.
 */
export type Admit = (tx: Tx) => Promise<Admission>;

/** Reads what the decision rests on, before the account is locked, and gives the decision to be taken under the lock. Throws AppErrors. */
export type Prepare = (account: BrokerAccount) => Promise<Admit>;

/** What every request to deal carries. */
export interface DealRequest {
  accountId?: string | undefined;
  idempotencyKey: string;
  waitMs: number;
}

/** The deal a piece of evidence is held against. */
export type JudgedDeal = DealLife &
  Pick<
    DealRow,
    | 'kind'
    | 'direction'
    | 'size'
    | 'createdAt'
    | 'positionSize'
    | 'evidenceAfter'
    | 'orderLevel'
    | 'goodTillAt'
    | 'stopDistance'
    | 'limitDistance'
    | 'guaranteedStop'
    | 'trailingDistance'
    | 'trailingIncrement'
  >;

/** One complete reading of the broker: every part answered, and none was asked for before `begunAt`. */
export interface Reading {
  begunAt: Date;
  /** By the deal's reference, where it has one. */
  confirm: ConfirmEvidence | null;
  positions: readonly PositionEvidence[];
  orders: readonly OrderEvidence[];
  activity: readonly ActivityEvidence[];
  /** The broker's references of other deals of ours: what bears one is theirs. */
  othersReferences: ReadonlySet<string>;
}

/** How evidence is read for one kind. Pure. */
export interface DealEvidence {
  /** Whether a confirm speaks of this deal: it bears its reference, or none that is known and everything else agrees. */
  isToldBy(deal: JudgedDeal, confirm: ConfirmEvidence): boolean;
  /** The verdict in the confirm of something done; null: it does not say enough. Refusals are the same for all, in judge.ts. */
  confirmed(deal: Pick<JudgedDeal, 'dealId'>, confirm: ConfirmEvidence): Verdict | null;
  /** What a late confirm adds to a deal that other evidence had accepted; null: nothing. */
  completed(deal: DealLife, confirm: ConfirmEvidence): Partial<DealLife> | null;
  /** The verdict in a position that bears the deal's reference; null: it proves nothing. */
  foundAs(position: FoundPosition): Verdict | null;
  /** The verdict in a reading's positions and activity; null: no trace. */
  proves(deal: JudgedDeal, reading: Reading): Verdict | null;
  /** Whether the reading shows that nothing was done, as of its moment. */
  isAbsent(deal: JudgedDeal, reading: Reading): boolean;
}
export type FoundPosition = Pick<PositionEvidence, 'dealId' | 'stopLevel' | 'limitLevel'> & {
  level: string | null;
};

export interface DealKind<Input extends DealRequest> {
  name: DealKindName;
  /** A position that bears its reference is the one it opened; the limit on sizes is for those that do. */
  opensPosition: boolean;
  /** It is asked for an open position or a resting order, whose `dealId` stands in its row from the beginning. */
  changesPosition: boolean;
  /** Which positions an accepted one may have made smaller: its own, or what is open the other way in its market. */
  reducesPosition: 'none' | 'its own' | 'facing';
  referenceOf: ReferenceOf;
  evidence: DealEvidence;
  /** By which a repeated request is recognised as the same one. */
  hashOf(input: Input): string;
  /** Asks for what does not depend on the account, waits for nothing, and gives how to go on once that is known. */
  prepare(userId: string, input: Input): Prepare;
  /** One request to the broker, made from the committed row alone. */
  send(dealing: Dealing, account: BrokerAccount, deal: DealRow, options: SendOptions): Promise<DealAnswer>;
  /** What it changes once it is accepted, in the transaction that accepts it. */
  apply(entry: Entry, deal: DealRow): Promise<void>;
}
