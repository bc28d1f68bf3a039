// Tells of requests for an account that the broker left without an answer, whichever process made them. What that says of the account its gateway finds out.
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/app-error.ts';
import { refusesKey } from '../rest/errors.ts';
import type { BrokerAccount, Dealing, Evidence } from '../../modules/trading/ports.ts';

type Suspect = (accountId: string) => void;
const speaksOfBroker = (error: unknown) =>
  error instanceof AppError &&
  ['broker.unavailable', 'broker.login_failed', 'broker.refused'].includes(error.code);

/**
 * IG answers within a second. What takes longer is looked into before its own time limit has passed, so that a broker which answers
 * nothing is found within 15 s: this, and then two questions of the gateway (limits.ts) of 5 s each. A look costs one read.
 */
export const slowAfterMs = 2_000;

type Slow = <T>(accountId: string, work: () => Promise<T>) => Promise<T>;
const toldWhenSlow =
  (suspect: Suspect, clock: Clock): Slow =>
  async (accountId, work) => {
    const cancel = clock.after(slowAfterMs, () => suspect(accountId));
    try {
      return await work();
    } finally {
      cancel();
    }
  };

/** Reads: those that fail, and those that take long, are told of. */
export function suspectingEvidence(evidence: Evidence, suspect: Suspect, clock: Clock): Evidence {
  const slow = toldWhenSlow(suspect, clock);
  const watched =
    <Rest extends unknown[], Result>(read: (account: BrokerAccount, ...rest: Rest) => Promise<Result>) =>
    async (account: BrokerAccount, ...rest: Rest): Promise<Result> => {
      try {
        return await slow(account.id, () => read(account, ...rest));
      } catch (error) {
        if (speaksOfBroker(error)) suspect(account.id);
        throw error;
      }
    };
  return {
    confirm: watched(evidence.confirm),
    positions: watched(evidence.positions),
    orders: watched(evidence.orders),
    activity: watched(evidence.activity),
    funds: watched(evidence.funds),
    history: watched(evidence.history),
    transactions: watched(evidence.transactions),
  };
}

/** Deals: those that take long, that could not be sent, of which nobody knows what became, or that met a key which IG takes no more, are told of. */
export function suspectingDealing(dealing: Dealing, suspect: Suspect, clock: Clock): Dealing {
  const slow = toldWhenSlow(suspect, clock);
  return {
    async send(account, request, options) {
      const answer = await slow(account.id, () => dealing.send(account, request, options));
      if (
        answer.kind === 'unknown' ||
        (answer.kind === 'not_sent' && answer.reason === 'unreachable') ||
        (answer.kind === 'refused' && refusesKey(answer.brokerCode))
      )
        suspect(account.id);
      return answer;
    },
  };
}
