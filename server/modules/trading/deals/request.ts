// A request to deal, whatever its kind: replayed, admitted in one transaction, sent once. What the kind itself decides is in its own file.
import { decimal } from '../../../../shared/decimal.ts';
import type { DealOutcome, DealReason } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount } from '../ports.ts';
import { isFresh, refuseFunds, type Funds } from '../risk/funds.ts';
import type { Admission, Admit, DealKind, DealRequest } from './kind.ts';
import type { DealRow } from './life.ts';
import type { Sender } from './send.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';
import type { Decisions } from './wait.ts';

/** The broker's figures may be this old when a deal is admitted; its stream renews them every two seconds while they move. */
const fundsMaxAgeMs = 60_000;
/** A no for want of money rests on figures no older than this: a position that has just been closed has freed some. */
const refusalFundsMaxAgeMs = 2_000;

interface RequestDeps {
  dealStore: DealStore;
  inAccount: AccountTransaction;
  accounts: Accounts;
  funds: Funds;
  decisions: Decisions;
  sender: Sender;
  clock: Clock;
  ids: Ids;
}
export type RequestDeal = ReturnType<typeof createRequestDeal>;
/** What a user asked for, once and for all. */
type Key = Pick<DealRow, 'userId' | 'idempotencyKey' | 'requestHash'>;
/** `null`: the key was taken meanwhile by a request that was faster. */
type Admitted = { deal: DealRow; haltEpoch: number } | null;

export function createRequestDeal(deps: RequestDeps) {
  const { dealStore, inAccount, accounts, funds, decisions, sender, clock, ids } = deps;

  /** The deal a key already stands for, or undefined. Throws trading.key_reused. */
  async function replayOf(key: Key, waitMs: number): Promise<DealOutcome | undefined> {
    const earlier = await dealStore.findByKey(key.userId, key.idempotencyKey);
    if (!earlier) return undefined;
    if (earlier.requestHash !== key.requestHash) throw new AppError('trading.key_reused');
    return { ...toDeal(await decisions.untilDecided(earlier, waitMs)), replayed: true };
  }

  /** One transaction: the verdict of the rules and the money, the row with its first status and event, the reservation. */
  async function admit(account: BrokerAccount, fresh: FreshDeal, decide: Admit): Promise<Admitted> {
    const attempt = (mayAskAgain: boolean) =>
      inAccount(account, async (entry) => {
        const admission = await decide(entry);
        const reason = fresh.raisesRisk ? refuse(admission, entry) : admission.reason;
        const isOld = !isFresh(entry.risk, entry.at, refusalFundsMaxAgeMs);
        if (mayAskAgain && reason?.code === 'insufficient_funds' && isOld) return 'ask again';
        const deal = rowOf(fresh, admission, reason, entry);
        if (!(await dealStore.insert(entry.tx, deal))) return null;
        entry.risk.reserved = decimal.add(entry.risk.reserved, deal.reserved);
        entry.tell(`deal.${deal.status}`, toDeal(deal));
        return { deal, haltEpoch: entry.risk.haltEpoch };
      });
    const admitted = await attempt(true);
    if (admitted !== 'ask again') return admitted;
    await funds.refresh(account, refusalFundsMaxAgeMs);
    const again = await attempt(false);
    if (again === 'ask again') throw new Error('invariant: a second attempt asked again');
    return again;
  }

  /**
   * Deals once for a key, and gives the newest state within `waitMs`. Throws accounts.*, trading.key_reused, and what the kind's
   * `prepare` throws, all before anything is written. A no, ours or the broker's, is an outcome.
   */
  return async function requestDeal<Input extends DealRequest>(
    kind: DealKind<Input>,
    userId: string,
    input: Input,
  ): Promise<DealOutcome> {
    const { idempotencyKey, waitMs } = input;
    const key = { userId, idempotencyKey, requestHash: kind.hashOf(input) };
    const replay = await replayOf(key, waitMs);
    if (replay) return replay;
    const account = await accounts.forUser(userId, input.accountId);
    const decide = await kind.prepare(account, input);
    if (kind.raisesRisk) await funds.refresh(account, fundsMaxAgeMs);

    const fresh = { ...kind, key, account, id: ids.next('deal'), createdAt: clock.now() };
    const admitted = await admit(account, fresh, decide);
    if (!admitted) {
      const outcome = await replayOf(key, waitMs);
      if (!outcome) throw new Error('invariant: a taken key has no deal');
      return outcome;
    }
    const { deal, haltEpoch } = admitted;
    if (deal.status === 'denied') return { ...toDeal(deal), replayed: false };
    return sender.send(account, deal, haltEpoch, waitMs);
  };
}

/** The first reason against a deal that raises risk: a halt, its own rules, then the money. */
const refuse = ({ reason, required }: Admission, { risk }: Entry): DealReason | null =>
  risk.halted ? { code: 'dealing_halted' } : (reason ?? refuseFunds(required, risk));

interface FreshDeal extends Pick<DealKind<never>, 'name' | 'raisesRisk' | 'referenceOf'> {
  id: string;
  key: Key;
  account: BrokerAccount;
  createdAt: Date;
}
/** The row of a request as it is committed before anything is sent; `denied` when there is a reason against it. */
function rowOf(
  { id, key, account, name, referenceOf, createdAt }: FreshDeal,
  { terms, required }: Admission,
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
    reason,
    status: reason ? 'denied' : 'submitting',
    reserved: reason ? '0' : (required ?? '0'),
    decidedAt: reason ? at : null,
  };
}
const unknownYet = {
  dealId: null,
  stopLevel: null,
  stopDistance: null,
  limitLevel: null,
  limitDistance: null,
  positionSize: null,
  positionVersion: null,
  level: null,
  profit: null,
  profitCurrency: null,
  connectionClosedAt: null,
  absentReads: 0,
};

/** Our reference at IG: 29 of its at most 30 characters `[A-Za-z0-9_-]`, one to one with the deal's id. */
const referenceFor = (id: string) => `FT-${id.replace(/^deal_/, '')}`;
