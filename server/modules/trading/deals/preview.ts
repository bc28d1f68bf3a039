// What would become of a deal, without a trace: judged by the rules that the deal itself is held against, in a transaction that only reads.
import { decimal } from '../../../../shared/decimal.ts';
import type {
  CallName,
  DealPreview,
  PreviewDeal,
  PreviewedLimit,
  RuleVerdict,
} from '../../../../shared/preview.ts';
import type { LimitUse } from '../../../../shared/risk-limits.ts';
import type { RequestOf } from '../../../../shared/deal-requests.ts';
import type { DealKindName } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { AccountLook, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount, Evidence, FundsEvidence } from '../ports.ts';
import { lossOf } from '../risk/day.ts';
import { figuresOf as accountFiguresOf, type Days } from '../risk/days.ts';
import { heldBy, type Held, type Worths } from '../risk/exposure.ts';
import { availableOf, type ApplyFunds } from '../risk/funds.ts';
import { wantsFigures, type RiskCheck } from '../risk/check.ts';
import { boundsExposure, usedAfter, type ReadUsed } from '../risk/used.ts';
import { usesOf } from '../risk/uses.ts';
import { figuresOf } from './figures.ts';
import type { Admission, Admit, DealKind } from './kind.ts';
import { kindOfCall, type Kinds } from './kinds.ts';
import type { RateIfThere } from './price-if-there.ts';
import { firstReason, type Ruling } from './ruling.ts';
import { toReason } from './views.ts';

interface PreviewDeps {
  kinds: Kinds;
  accounts: Accounts;
  lookAt: AccountLook;
  evidence: Pick<Evidence, 'funds'>;
  /** These three of such as write nothing. */
  days: Pick<Days, 'running'>;
  riskCheck: Pick<RiskCheck, 'rulings'>;
  applyFunds: ApplyFunds;
  readUsed: ReadUsed;
  worths: Worths;
  rateIfThere: RateIfThere;
  logger: Logger;
}
/** What was read for it already; each is read once, outside the transaction. */
interface Ahead {
  /** Null: the broker did not tell; undefined: it was not asked. */
  funds?: FundsEvidence | null;
  valued: boolean;
}
type Asked = Pick<DealKind<never>, 'name' | 'opensPosition'>;
/** The rulings, what the deal is, and what else the account shows of it. */
interface Seen extends Pick<DealPreview, 'limits' | 'at'> {
  admission: Admission;
  rulings: Ruling[];
  available: string | null;
}
type Look = { is: 'seen'; seen: Seen } | { is: 'figures too old' } | { is: 'not valued'; held: Held[] };

export type Preview = ReturnType<typeof createPreview>;

export function createPreview(deps: PreviewDeps) {
  const { kinds, accounts, lookAt, evidence, days, riskCheck, applyFunds, readUsed, worths, rateIfThere } =
    deps;

  async function limitsAfter(
    entry: Entry,
    { raisesRisk, terms, exposure }: Admission,
  ): Promise<PreviewedLimit[]> {
    const { risk } = entry;
    const [day, figures] = [await days.running(entry), accountFiguresOf(risk)];
    const used = await readUsed(entry, day && figures && lossOf(day, figures));
    const after = raisesRisk ? usedAfter(used, risk, terms.epic, exposure) : used;
    return withAfter(usesOf(risk, used), usesOf(risk, after));
  }

  async function look(entry: Entry, asked: Asked, decide: Admit, { funds, valued }: Ahead): Promise<Look> {
    const { risk, account, tx, at } = entry;
    if (!risk.connected) throw new AppError('accounts.disconnected');
    if (funds) await applyFunds(entry, funds);
    const admission = await decide(tx);
    const { opensPosition } = asked;
    const rulings = await riskCheck.rulings(entry, { admission, opensPosition, whateverIsKnown: valued });
    if ('unvalued' in rulings) return { is: 'not valued', held: rulings.unvalued };
    if (funds === undefined && wantsFigures(entry, admission, firstReason(rulings)))
      return { is: 'figures too old' };
    const held = !valued && boundsExposure(risk) ? await heldBy(tx, account.id, at) : [];
    if (!worths.areFresh(account, held)) return { is: 'not valued', held };
    const limits = await limitsAfter(entry, admission);
    return { is: 'seen', seen: { admission, rulings, available: availableOf(risk), limits, at } };
  }

  /** As the deal itself would have them read; here they are kept nowhere. */
  async function readFunds(account: BrokerAccount): Promise<FundsEvidence | null> {
    try {
      return await evidence.funds(account);
    } catch (err) {
      deps.logger.warn({ err, account: account.id }, 'a preview goes by figures that are old');
      return null;
    }
  }

  async function see(account: BrokerAccount, asked: Asked, decide: Admit): Promise<Seen> {
    const ahead: Ahead = { valued: false };
    for (;;) {
      const found = await lookAt(account, (entry) => look(entry, asked, decide, ahead));
      if (found.is === 'seen') return found.seen;
      if (found.is === 'not valued') {
        await worths.load(account, found.held);
        ahead.valued = true;
      } else ahead.funds = await readFunds(account);
    }
  }

  async function preview<Name extends DealKindName>(
    name: Name,
    userId: string,
    input: RequestOf[Name],
  ): Promise<DealPreview> {
    const kind = kinds[name] as unknown as DealKind<RequestOf[Name]>;
    const prepare = kind.prepare(userId, input);
    const account = await accounts.forUser(userId, input.accountId);
    if (account.disconnectedAt) throw new AppError('accounts.disconnected');
    const { admission, rulings, available, limits, at } = await see(account, kind, await prepare(account));
    const { terms, outlook, required, requiredUnknown } = admission;
    // What nets has no level to open at, though its kind might.
    const opens = kind.opensPosition && outlook.openLevel !== undefined;
    const { unknown, ...figures } = figuresOf(admission, opens, await rateIfThere(account, terms.currency));
    const reason = firstReason(rulings);
    return {
      accountId: account.id,
      environment: account.environment,
      currency: account.currency,
      kind: name,
      wouldBe: reason ? 'denied' : 'sent',
      reason: reason && toReason(reason),
      rules: verdictsOf(rulings),
      epic: terms.epic,
      direction: terms.direction,
      size: terms.size,
      price: outlook.price && priceOf(outlook.price.tick),
      ...figures,
      margin: {
        required,
        available,
        availableAfter: available && required && decimal.subtract(available, required),
      },
      limits,
      unknown: [
        ...unknown,
        ...(requiredUnknown ? [{ figure: 'marginRequired' as const, because: requiredUnknown }] : []),
        ...(available === null
          ? [{ figure: 'marginAvailable' as const, because: 'no_figures' as const }]
          : []),
      ],
      at,
    };
  }

  /** Writes nothing and locks nothing. Throws accounts.*, and what the deal's own call throws before it is decided about. */
  return async function previewOf(userId: string, asked: PreviewDeal): Promise<DealPreview> {
    const [[call, input]] = Object.entries(asked) as [[CallName, never]];
    // Nothing is repeated, so there is no key; no kind reads it before it is sent.
    return preview(kindOfCall[call](input), userId, {
      ...(input as object),
      idempotencyKey: '',
      waitMs: 0,
    } as never);
  };
}

const priceOf = ({ bid, offer, marketState, at, receivedAt, stale }: NonNullable<DealPreview['price']>) => ({
  bid,
  offer,
  marketState,
  at,
  receivedAt,
  stale,
});

/** One verdict for each rule, where it was asked first: what it was broken by, else why it could not be judged. */
function verdictsOf(rulings: readonly Ruling[]): RuleVerdict[] {
  const byRule = new Map<Ruling['rule'], Ruling>();
  for (const ruling of rulings) {
    const before = byRule.get(ruling.rule);
    if (!before || (!before.reason && (ruling.reason || (ruling.unknown && !before.unknown))))
      byRule.set(ruling.rule, ruling);
  }
  return [...byRule.values()].map(({ rule, reason, unknown }) => ({
    rule,
    verdict: unknown ? 'unknown' : reason ? 'broken' : 'kept',
    reason: reason && toReason(reason),
    because: unknown,
  }));
}

const withAfter = (before: readonly LimitUse[], after: readonly LimitUse[]): PreviewedLimit[] =>
  before.map((use, index) => ({ ...use, usedAfter: after[index]!.used, leftAfter: after[index]!.left }));
