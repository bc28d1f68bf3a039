// What IG's refusals mean: four questions each error answers, and the AppError a caller sees. The code is the message.
import { knownProblem, loginProblem } from '../../../shared/broker-words.ts';
import type { Environment } from '../../../shared/primitives.ts';
import { AppError } from '../../lib/app-error.ts';
import { brokerInWords } from './unreachable.ts';

/** 401 codes that a refresh or a new login cures (reference: IG errors, any endpoint). */
const expired = new Set([
  'error.security.client-token-invalid',
  'error.security.account-token-invalid',
  'error.security.oauth-token-invalid',
  'error.security.client-token-missing',
  'error.security.account-token-missing',
  'service.security.authentication.failure-invalid-client-security-token',
]);
/** The 403 codes of an allowance that is used up, and what each is about. */
export const allowanceCodes: Record<string, 'key' | 'account' | 'trading' | 'points'> = {
  'error.public-api.exceeded-api-key-allowance': 'key',
  'error.public-api.exceeded-account-allowance': 'account',
  'error.public-api.exceeded-account-trading-allowance': 'trading',
  'error.public-api.exceeded-account-historical-data-allowance': 'points',
};
const keyRefused = new Set([
  'error.security.api-key-disabled',
  'error.security.api-key-invalid',
  'error.security.api-key-restricted',
  'error.security.api-key-revoked',
  'unauthorised.api-key.revoked',
  'unauthorised.clientId.api-key.mismatch',
]);
/** Whether a code says that IG no longer takes the API key. */
export const refusesKey = (code: string): boolean => keyRefused.has(code);
/** Codes that go away by themselves, whatever their status. */
const passing = new Set([
  'error.service.execution.find',
  'error.service.marketdata.position.notional.details.null.error',
  'error.price-history.io-error',
  'error.security.authentication.timeout',
]);

/** How long to leave IG alone after a 403 allowance: clients in use wait 10 to 60 s, IG says nothing. */
export const allowancePauseMs = 10_000;

interface IgErrorFacts {
  /** Of the login that asked. */
  environment: Environment;
  method: string;
  path: string;
  /** HTTP status, or null when there was no answer. */
  status: number | null;
  /** IG's `errorCode`; for no or an unreadable answer one of ours: `timeout`, `connection`, `unreadable`. */
  errorCode: string;
  /** The connection was never made, so nothing was sent. */
  neverSent?: boolean;
  /** Where it was sent to, with the port. */
  host?: string;
  /** Why there is no answer, or none that can be read: Node's code (`ECONNREFUSED`), or a word of unreachable.ts. */
  reason?: string;
  cause?: unknown;
}

/** A call to IG that did not succeed. */
export class IgError extends Error {
  override readonly name = 'IgError';
  readonly facts: IgErrorFacts;
  constructor(facts: IgErrorFacts) {
    super(
      [`${facts.method} ${facts.path}:`, facts.status ?? 'no answer', facts.errorCode, facts.reason]
        .filter((part) => part !== undefined && part !== '')
        .join(' '),
      { cause: facts.cause },
    );
    this.facts = facts;
  }
  get code() {
    return this.facts.errorCode;
  }
  /** A new token and the same request would do; nothing was booked. */
  get isSessionExpired() {
    return this.facts.status === 401 && expired.has(this.code);
  }
  /** An allowance is used up; nothing was booked. */
  get isRateLimited() {
    return this.facts.status === 403 && allowanceCodes[this.code] !== undefined;
  }
  /** The same request may be sent again: it proves that nothing happened, or it is a read and the fault is passing. */
  get isRetryable() {
    return (
      this.isSessionExpired ||
      this.isRateLimited ||
      this.facts.neverSent === true ||
      (this.facts.method === 'GET' && this.isPassing)
    );
  }
  /** It was sent and nobody knows whether it happened: never to be reported as failed, never to be sent again. */
  get isAmbiguous() {
    return this.facts.method !== 'GET' && this.facts.neverSent !== true && this.isPassing;
  }
  /** Time-out, reset, 5xx, an unreadable answer, or a code known to go away. */
  get isPassing() {
    const { status } = this.facts;
    return (
      status === null ||
      status >= 500 ||
      status === 405 ||
      this.code === 'unreadable' ||
      passing.has(this.code)
    );
  }
  /** IG no longer takes the API key: nothing that is sent with it will do, until a person acts. */
  get isKeyRefused() {
    return this.facts.status === 403 && refusesKey(this.code);
  }
  get isUnknownEpic() {
    return this.facts.status === 404 && this.code === 'error.public-api.epic-not-found';
  }
}

/**
 * The error a caller of ours sees. IG's own code goes along when there is one. A key that IG takes no more is told as a refused
 * log-in is, whichever call meets it: the next one will be that.
 */
export function toAppError(error: IgError): AppError {
  const brokerCode = error.facts.status === null || error.code === 'unreadable' ? undefined : error.code;
  const { host, reason, environment } = error.facts;
  const message =
    host && reason
      ? brokerInWords(host, reason)
      : brokerCode !== undefined && !error.isPassing && !error.isSessionExpired && !error.isRateLimited
        ? knownProblem(environment, brokerCode)
        : undefined;
  const facts = {
    cause: error,
    detail: error.message,
    ...(brokerCode === undefined ? {} : { brokerCode }),
    ...(message === undefined ? {} : { message }),
  };
  if (error.isRateLimited)
    return new AppError('broker.limited', {
      ...facts,
      // The week's points come back on a day that is told with them only.
      ...(allowanceCodes[error.code] !== 'points' && { retryAfterMs: allowancePauseMs }),
    });
  if (error.isKeyRefused)
    return new AppError('broker.login_failed', { ...facts, message: loginProblem(environment, error.code) });
  return new AppError(
    error.isPassing || error.isSessionExpired ? 'broker.unavailable' : 'broker.refused',
    facts,
  );
}
