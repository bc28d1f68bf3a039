// Dealing over IG's REST: one request per deal, and what its answer proves. What becomes of the deal is decided in modules/trading.
import type { Environment } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { within } from '../../lib/within.ts';
import type { BrokerAccount } from '../../modules/accounts/ports.ts';
import {
  maxDealingMs,
  type DealAnswer,
  type Dealing,
  type SendOptions,
} from '../../modules/trading/ports.ts';
import type { AccountClients } from './clients.ts';
import type { Counted } from '../rest/allowance.ts';
import { IgError } from '../rest/errors.ts';
import { errorCodeOf, tryParse } from '../rest/http.ts';
import { DealSubmitted } from './schemas.ts';
import type { Outcome } from './send-once.ts';
import { wireOf, type Wire } from './wires.ts';

/** IG answers a deal within 1 s. */
const answerTimeoutMs = 8_000;
/** After this a deal is not sent any more: what is sent now is answered or given up within `maxDealingMs` of the call. */
const sendWithinMs = maxDealingMs - answerTimeoutMs;
const tooLate = 'it took too long to get ready';
/** Real money is dealt only for who says, right before the first byte, that it still may be. */
const nobodyToAsk: DealAnswer = {
  kind: 'not_sent',
  reason: 'halted',
  detail: 'a live account, and nobody to ask whether it may be dealt on',
};
/** What an opening is refused with that IG would refuse for this. */
const exhausted = 'error.public-api.exceeded-account-trading-allowance';
/**
 * The deal itself, and again after a refused token: of another process's making, since a refresh ends the token that this one knows, and
 * then of IG's own, which may have ended the session too.
 */
const maxSends = 3;

/**
 * Sent again only after a 401 for the token, which IG gives before
 * it looks at the deal. A refusal for the allowance proves as much, but its pause is 10 s at least, and a market order would then be
 * filled at a price nobody has looked at: it is refused, and who still wants it asks again. An opening waits a moment for its turn in
 * the allowance, while the connection is made; a close does not, whatever is left.
 */
export function createDealing({
  clients,
  clock,
  logger,
}: {
  clients: Pick<AccountClients, 'of'>;
  clock: Clock;
  logger: Logger;
}): Dealing {
  async function submit(
    account: BrokerAccount,
    wire: Wire,
    { mayStillSend }: SendOptions,
  ): Promise<DealAnswer> {
    if (!mayStillSend && account.environment === 'live') return nobodyToAsk;
    const begunAt = clock.monotonicMs();
    const leftMs = () => begunAt + sendWithinMs - clock.monotonicMs();
    /** Preparing may take as long as sending is allowed; what comes later is of no use. */
    const inTime = <T>(work: Promise<T>): Promise<T> => within(clock, leftMs(), () => work, tooLate);
    const unreachable = (detail: string): DealAnswer => ({ kind: 'not_sent', reason: 'unreachable', detail });
    try {
      const client = await inTime(clients.of(account));
      const counted: Counted = { by: wire.by, counts: 'deals', accountId: account.brokerAccountId };
      let refusedHere: AppError | undefined;
      const turn = client.allowance.turn(counted).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        refusedHere = error;
      });
      turn.catch(() => undefined); // told where it is waited for
      let { accessToken } = await inTime(client.session.current({ urgent: wire.by === 'close' }));
      for (let sends = 1; ; sends++) {
        const outcome = await client.sendOnce({
          method: wire.method,
          path: wire.path,
          version: wire.version,
          body: wire.body,
          timeoutMs: answerTimeoutMs,
          headers: {
            Authorization: `Bearer ${accessToken}`,
            'IG-ACCOUNT-ID': account.brokerAccountId,
            ...wire.headers,
          },
          // The last look at the time comes after the database was asked: this process may have been frozen meanwhile.
          mayStillSend: async () => {
            const allowed = await inTime(
              turn.then(() => refusedHere === undefined && (!mayStillSend || mayStillSend())),
            );
            if (allowed && leftMs() <= 0) throw new Error(tooLate);
            return allowed;
          },
        });
        if (refusedHere) return { kind: 'refused', brokerCode: exhausted };
        const answer = answerOf(account.environment, outcome, wire);
        if (answer.kind === 'refused') {
          const refusal = refusalOf(account.environment, wire, 403, answer.brokerCode);
          client.allowance.refused(counted, refusal);
          // For the next: what became of this one is known, whether or not that can be written down.
          await client.session.refused(refusal).catch(() => undefined);
        }
        if (answer.kind !== 'expired') {
          if (answer.kind !== 'submitted')
            logger.warn(
              { account: account.id, reference: wire.dealReference, ...answer },
              'IG did not simply take a deal',
            );
          return answer;
        }
        if (sends === maxSends) return { kind: 'refused', brokerCode: answer.code };
        ({ accessToken } = await inTime(client.session.renew(accessToken)));
      }
    } catch (error) {
      // Nothing but getting ready throws: no request of this call is under way, and one before was refused for its token.
      logger.warn({ err: error, account: account.id, reference: wire.dealReference }, 'a deal was not sent');
      return unreachable(error instanceof Error ? error.message : String(error));
    }
  }
  return { send: (account, request, options = {}) => submit(account, wireOf(request), options) };
}

const refusalOf = (
  environment: Environment,
  { method, path }: Pick<Wire, 'method' | 'path'>,
  status: number,
  errorCode: string,
) => new IgError({ environment, method, path, status, errorCode });

/** Refusals that IG gives before it books: only these prove that there is no deal. Any other answer proves nothing. */
const provenRefusals: Record<number, RegExp> = {
  400: /^(validation\.|invalid[. ]|unable to aggregate close positions|error\.(request\.invalid|trading\.otc|public-api\.failure|security)\.|error\.service\.create\.otc\.position\.instrument\.invalid$)/,
  401: /^(error\.(security|public-api\.failure)\.|service\.security\.|authentication\.failure\.)/,
  403: /^(error\.(security|public-api)\.|endpoint\.unavailable|unauthorised\.)/,
  404: /^(invalid\.url$|error\.trading\.otc\.|error\.position\.notfound$|error\.service\.create\.otc\.position\.instrument\.invalid$)/,
};

/** What an outcome proves. A 2xx without the reference we sent (or, for a close, without any) proves nothing either. */
function answerOf(
  environment: Environment,
  outcome: Outcome,
  wire: Wire,
): DealAnswer | { kind: 'expired'; code: string } {
  if (outcome.kind === 'not_sent')
    return {
      kind: 'not_sent',
      reason: outcome.reason === 'forbidden' ? 'halted' : 'unreachable',
      detail: outcome.detail,
    };
  if (outcome.kind === 'lost') return { kind: 'unknown', detail: outcome.detail, closedAt: outcome.closedAt };
  const { status, text, closedAt } = outcome;
  const { dealReference } = wire;
  const json = tryParse(text);
  if (status === 200) {
    const submitted = DealSubmitted.safeParse(json);
    if (submitted.success && (dealReference === null || submitted.data.dealReference === dealReference))
      return { kind: 'submitted', dealReference: submitted.data.dealReference };
    return { kind: 'unknown', detail: '200 without the deal reference', closedAt };
  }
  const code = errorCodeOf(json);
  if (code !== undefined) {
    if (refusalOf(environment, wire, status, code).isSessionExpired) return { kind: 'expired', code };
    if (provenRefusals[status]?.test(code)) return { kind: 'refused', brokerCode: code };
  }
  return { kind: 'unknown', detail: `${status} ${code ?? 'without an error code'}`, closedAt };
}
