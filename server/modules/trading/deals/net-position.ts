// Netting: a deal at market that closes or reduces what is open the other way, and opens a position only where nothing is. IG's forceOpen: false.
import { OpenPosition } from '../../../../shared/deal-requests.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import type { Tx } from '../../../db/transaction.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { EnqueueReconcile } from '../ports.ts';
import { completedClose } from './close-position.ts';
import { effectsOf } from './effects.ts';
import type { Admission, DealEvidence, DealKind } from './kind.ts';
import { createOpenPosition, insertOpened, openingEvidence, type OpenPositionDeps } from './open-position.ts';
import { ruled, type Rulings } from './ruling.ts';
import type { DealStore, Facing } from './store.ts';

const name = 'net';
const hashOf = requestHash(OpenPosition, name);

export interface NetPositionDeps extends OpenPositionDeps {
  dealStore: Pick<DealStore, 'facing'>;
  enqueueReconcile: EnqueueReconcile;
}

export function createNetPosition(deps: NetPositionDeps): DealKind<OpenPosition> {
  const { dealStore, positions, enqueueReconcile } = deps;
  const opening = createOpenPosition(deps);
  return {
    name,
    // On a hedging account it does so whatever is open; so it raises risk until its verdict says what it did.
    opensPosition: true,
    changesPosition: false,
    reducesPosition: 'facing',
    referenceOf: 'ours',
    evidence: nettingEvidence,
    hashOf,

    /** Throws as an opening's. */
    prepare(userId, order) {
      const prepared = opening.prepare(userId, order);
      return async (account) => {
        const admit = await prepared(account);
        return async (tx: Tx) => {
          const admission = await admit(tx);
          return weighed(admission, await dealStore.facing(tx, account.id, admission.terms));
        };
      };
    },

    send(dealing, account, { id, dealReference, ...deal }, options) {
      if (dealReference === null) throw new Error(`invariant: the netting deal ${id} bears no reference`);
      const { epic, expiry, direction, size, currency, worstLevel } = deal;
      const terms = { epic, expiry, direction, size, currency, worstLevel };
      return dealing.send(account, { kind: name, dealReference, ...terms }, options);
    },

    /**
     * What the broker names. How much is left of a position that is closed in part, or was opened beside what was closed, it does not
     * say: the stream tells, or the reading asked for here.
     */
    async apply(entry, deal) {
      const effects = deal.affected ?? [];
      const [first, second] = effects;
      // What a list or the history proved, the list brings with its size.
      const isWholeOpening = first?.action === 'opened' && !second && deal.brokerAt !== null;
      if (isWholeOpening) return insertOpened(positions, entry, deal, first.dealId);
      for (const { dealId, action } of effects) {
        if (action !== 'closed') continue;
        const position = await positions.lock(entry, dealId);
        const closed = { closeLevel: deal.level, at: entry.at, byOurDeal: true };
        if (position) await positions.shrink(entry, position, '0', closed);
      }
      const isWhole = effects.length > 0 && effects.every(({ action }) => action === 'closed');
      if (!isWhole) await enqueueReconcile(entry.tx, entry.account.id);
    },
  };
}

/**
 * An opening's admission, by what is open the other way and by what is under way there: it either opens, or closes no more than is
 * surely there. What IG does with a size above that is not known (its manual does not say), so it is not asked.
 */
export function weighed(admission: Admission, { open, closing, opening, nets }: Facing): Admission {
  const { size } = admission.terms;
  const [least, most] = [decimal.subtract(open, closing), decimal.add(open, opening)];
  const { price, fillLevel = null, openLevel = null } = admission.outlook;
  if (decimal.compare(most, '0') === 0)
    return {
      ...admission,
      rulings: () => judged(admission.rulings(), null),
      outlook: { price, fillLevel, openLevel },
    };
  const facing = decimal.compare(least, '0') < 0 ? '0' : least;
  const reverses: DealReason | null =
    decimal.compare(size, facing) > 0 ? { code: 'would_reverse', size, facing } : null;
  // It frees margin: of a hedging account the broker's own check holds. Until an account is seen to net, its limit on exposure holds as of an opening.
  return {
    ...admission,
    required: null,
    requiredUnknown: undefined,
    exposure: nets ? '0' : admission.exposure,
    rulings: () => judged(asPart(admission.rulings(), facing), reverses),
    outlook: { price, fillLevel },
  };
}
function* judged(rulings: Rulings, reverses: DealReason | null): Rulings {
  yield* rulings;
  yield ruled('netting', reverses);
}
/** A size that is too small for a part of what is there: a whole position may still be closed. */
function* asPart(rulings: Rulings, facing: string): Rulings {
  for (const ruling of rulings)
    yield ruling.reason?.code === 'size_below_minimum'
      ? ruled(ruling.rule, { ...ruling.reason, code: 'net_below_minimum', facing })
      : ruling;
}

/** Known by our reference alone, as an opening; it names every position it touched. */
export const nettingEvidence: DealEvidence = {
  ...openingEvidence,

  confirmed(deal, confirm) {
    const { action, dealId, dealReference, affected, level, profit, profitCurrency, at } = confirm;
    if (action !== 'closed' && action !== 'partially_closed') return openingEvidence.confirmed(deal, confirm);
    if (dealId === null) return null;
    return {
      status: 'accepted',
      dealId,
      dealReference,
      affected,
      level,
      profit,
      profitCurrency,
      brokerAt: at,
    };
  },

  completed: completedClose,

  proves(deal, reading) {
    const opened = openingEvidence.proves(deal, reading);
    if (opened?.status === 'accepted') return opened;
    for (const { actions, level, dealReference, status } of reading.activity) {
      const [first] = effectsOf(actions);
      if (dealReference === deal.dealReference && status === 'accepted' && first)
        return { status: 'accepted', dealId: first.dealId, affected: effectsOf(actions), level };
    }
    return opened;
  },
};
