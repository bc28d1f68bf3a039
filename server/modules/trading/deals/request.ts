// A request to deal, whatever its kind: replayed, admitted in one transaction, sent once. What the kind itself decides is in its own file.
import { decimal } from '../../../../shared/decimal.ts';
import type { DealOutcome, DealReason } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import { oncePerKey } from '../../../lib/once-per-key.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount } from '../ports.ts';
import { refusalFundsMaxAgeMs, wantsFigures, type RiskCheck } from '../risk/check.ts';
import type { Held, Worths } from '../risk/exposure.ts';
import type { Funds } from '../risk/funds.ts';
import { epochOf } from '../risk/guard.ts';
import type { Admission, Admit, DealKind, DealRequest, Prepare } from './kind.ts';
import type { DealRow } from './life.ts';
import type { AdmittedDeal, Sender } from './send.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';
import type { Decisions } from './wait.ts';

interface RequestDeps {
  dealStore: DealStore;
  inAccount: AccountTransaction;
  accounts: Accounts;
  funds: Funds;
  riskCheck: RiskCheck;
  worths: Pick<Worths, 'load'>;
  decisions: Decisions;
  sender: Sender;
  clock: Clock;
  ids: Ids;
}
interface Ahead {
  earlier: Promise<DealRow | undefined>;
  account: Promise<BrokerAccount>;
  prepare: Prepare;
}
export type RequestDeal = ReturnType<typeof createRequestDeal>;
/** What a user asked for, once and for all. */
type Key = Pick<DealRow, 'userId' | 'idempotencyKey' | 'requestHash'>;
/** What came of one attempt to admit a request. */
type Attempt =
  | ({ is: 'admitted' } & AdmittedDeal)
  | { is: 'key taken' }
  | { is: 'figures too old' }
  | { is: 'not valued'; held: Held[] };
/** What an attempt makes do with, since it was read for it already. */
interface MakesDo {
  whateverTheirAge: boolean;
  whateverIsKnown: boolean;
}

export function createRequestDeal(deps: RequestDeps) {
  const { dealStore, inAccount, accounts, funds, riskCheck, worths, decisions, sender, clock, ids } = deps;

  /** One transaction: the verdict of the rules and the money, the row with its first status and event, the reservation. */
  async function admit(
    account: BrokerAccount,
    fresh: FreshDeal,
    decide: Admit,
    { whateverTheirAge, whateverIsKnown }: MakesDo,
  ): Promise<Attempt> {
    let entry: Entry | undefined; // of the run that was committed
    const admitUnderLock = async (current: Entry, admission: Admission): Promise<Attempt> => {
      entry = current;
      const { risk, tx } = current;
      const { admittedMs, opensPosition } = fresh;
      // Whatever was known of it before the lock: what is disconnected is not dealt on.
      if (!risk.connected) throw new AppError('accounts.disconnected');
      const checked = await riskCheck.refuse(current, { admission, opensPosition, whateverIsKnown });
      if ('unvalued' in checked) return { is: 'not valued', held: checked.unvalued };
      const { reason } = checked;
      if (!whateverTheirAge && wantsFigures(current, admission, reason)) return { is: 'figures too old' };
      const deal = rowOf(fresh, admission, reason, current);
      dealStore.insert(tx, deal);
      risk.reserved = decimal.add(risk.reserved, deal.reserved);
      if (admission.raisesRisk && !reason) riskCheck.count(current, admission.terms.epic);
      current.tell(`deal.${deal.status}`, toDeal(deal));
      if (reason) riskCheck.tell(current, deal);
      return { is: 'admitted', deal, haltEpoch: epochOf(risk), admittedMs, toldAs: undefined };
    };
    const attempt = await inAccount(account, admitUnderLock, decide).catch((error: unknown): Attempt => {
      if (dealStore.isKeyTaken(error)) return { is: 'key taken' };
      throw error;
    });
    return attempt.is === 'admitted' ? { ...attempt, toldAs: entry?.lastTold } : attempt;
  }

  /** Decides about a request, and sends it when it is admitted; undefined when its key was taken meanwhile. */
  async function deal<Input extends DealRequest>(
    kind: DealKind<Input>,
    key: Key,
    account: BrokerAccount,
    prepare: Prepare,
    waitMs: number,
  ): Promise<DealOutcome | undefined> {
    if (account.disconnectedAt) throw new AppError('accounts.disconnected');
    const decide = await prepare(account);
    const fresh = {
      ...kind,
      key,
      account,
      id: ids.next('deal'),
      createdAt: clock.now(),
      admittedMs: clock.monotonicMs(),
    };
    const makesDo: MakesDo = { whateverTheirAge: false, whateverIsKnown: false };
    let attempt = await admit(account, fresh, decide, makesDo);
    // Each is read once, while nothing is locked.
    while (attempt.is === 'figures too old' || attempt.is === 'not valued') {
      if (attempt.is === 'not valued') {
        await worths.load(account, attempt.held);
        makesDo.whateverIsKnown = true;
      } else {
        await funds.refresh(account, refusalFundsMaxAgeMs);
        makesDo.whateverTheirAge = true;
      }
      attempt = await admit(account, fresh, decide, makesDo);
    }
    if (attempt.is !== 'admitted') return undefined;
    if (attempt.deal.status === 'denied') return { ...toDeal(attempt.deal), replayed: false };
    return sender.send(account, attempt, waitMs);
  }

  return {
    /** Asks for what a request rests on; changes nothing. */
    ahead<Input extends DealRequest>(kind: DealKind<Input>, userId: string, input: Input): Ahead {
      const { idempotencyKey, accountId } = input;
      const earlier = dealStore.findStanding(userId, idempotencyKey);
      // A replay is not interested in what is wrong with the account by now.
      const account = accounts.forUser(userId, accountId);
      for (const asked of [earlier, account]) asked.catch(() => undefined);
      return { earlier, account, prepare: kind.prepare(userId, input) };
    },
    /**
     * Deals once for a key, and gives the newest state within `waitMs`. Throws accounts.*, trading.key_reused, and what the kind's
     * `prepare` throws, all before anything is written. A refusal, ours or the broker's, is an outcome.
     */
    async deal<Input extends DealRequest>(
      kind: DealKind<Input>,
      userId: string,
      input: Input,
      { earlier: found, account, prepare }: Ahead,
    ): Promise<DealOutcome> {
      const { idempotencyKey, waitMs } = input;
      const key = { userId, idempotencyKey, requestHash: kind.hashOf(input) };
      return oncePerKey({
        requestHash: key.requestHash,
        found,
        find: () => dealStore.findStanding(userId, idempotencyKey),
        replay: async (earlier) => ({ ...(await decisions.untilDecided(earlier, waitMs)), replayed: true }),
        perform: async () => deal(kind, key, await account, prepare, waitMs),
        reused: 'trading.key_reused',
      });
    },
  };
}

interface FreshDeal extends Pick<DealKind<never>, 'name' | 'opensPosition' | 'referenceOf'> {
  id: string;
  key: Key;
  account: BrokerAccount;
  createdAt: Date;
  admittedMs: number;
}
/** The row of a request as it is committed before anything is sent; `denied` when there is a reason against it. */
function rowOf(
  { id, key, account, name, referenceOf, createdAt }: FreshDeal,
  { terms, raisesRisk, required, exposure }: Admission,
  reason: DealReason | null,
  { at }: Entry,
): DealRow {
  return {
    ...key,
    id,
    accountId: account.id,
    environment: account.environment,
    kind: name,
    referenceOf,
    dealReference: referenceOf === 'ours' ? referenceFor(id) : null,
    createdAt,
    statusAt: createdAt,
    ...unknownYet,
    ...terms,
    raisesRisk,
    reason,
    status: reason ? 'denied' : 'submitting',
    reserved: reason ? '0' : (required ?? '0'),
    exposure,
    decidedAt: reason ? at : null,
    decidedBy: reason ? 'not_sent' : null,
  };
}
const unknownYet = {
  dealId: null,
  affected: null,
  stopLevel: null,
  stopDistance: null,
  limitLevel: null,
  limitDistance: null,
  guaranteedStop: false,
  trailingDistance: null,
  trailingIncrement: null,
  worstLevel: null,
  tolerance: null,
  tag: null,
  note: null,
  orderType: null,
  orderLevel: null,
  goodTillAt: null,
  positionSize: null,
  positionVersion: null,
  evidenceAfter: null,
  brokerAt: null,
  sentAt: null,
  answeredAt: null,
  level: null,
  profit: null,
  profitCurrency: null,
  connectionClosedAt: null,
  absentReads: 0,
  unknownAt: null,
};

/** Our reference at IG: 29 of its at most 30 characters `[A-Za-z0-9_-]`, one to one with the deal's id. */
const referenceFor = (id: string) => `FT-${id.replace(/^deal_/, '')}`;
