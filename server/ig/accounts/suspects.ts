// Tells of requests for an account that the broker left without an answer, whichever process made them. What that says of the account its gateway finds out.
import { AppError } from '../../lib/app-error.ts';
import type { BrokerAccount, Dealing, Evidence } from '../../modules/trading/ports.ts';

type Suspect = (accountId: string) => void;
const speaksOfBroker = (error: unknown) =>
  error instanceof AppError &&
  ['broker.unavailable', 'broker.login_failed', 'broker.refused'].includes(error.code);

/** Reads: those that fail are told of. */
export function suspectingEvidence(evidence: Evidence, suspect: Suspect): Evidence {
  const watched =
    <Rest extends unknown[], Result>(read: (account: BrokerAccount, ...rest: Rest) => Promise<Result>) =>
    async (account: BrokerAccount, ...rest: Rest): Promise<Result> => {
      try {
        return await read(account, ...rest);
      } catch (error) {
        if (speaksOfBroker(error)) suspect(account.id);
        throw error;
      }
    };
  return {
    confirm: watched(evidence.confirm),
    positions: watched(evidence.positions),
    activity: watched(evidence.activity),
    funds: watched(evidence.funds),
  };
}

/** Deals: those that could not be sent, or of which nobody knows what became, are told of. */
export function suspectingDealing(dealing: Dealing, suspect: Suspect): Dealing {
  const watched =
    <Request, Options>(
      send: (
        account: BrokerAccount,
        request: Request,
        options?: Options,
      ) => ReturnType<Dealing['openPosition']>,
    ) =>
    async (account: BrokerAccount, request: Request, options?: Options) => {
      const answer = await send(account, request, options);
      if (answer.kind === 'unknown' || (answer.kind === 'not_sent' && answer.reason === 'unreachable'))
        suspect(account.id);
      return answer;
    };
  return { openPosition: watched(dealing.openPosition), closePosition: watched(dealing.closePosition) };
}
