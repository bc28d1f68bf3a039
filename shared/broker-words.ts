// Why the broker does not let somebody in, as a sentence that says what to do. Types only are imported: a page may use it.
import type { Environment } from './primitives.ts';

const wrongKey = (environment: string) =>
  `does not know this API key. A key belongs to one environment: take the one made for ${environment}, and copy it without blanks.`;
const site = 'on its web site';

/** By IG's code without its `error.security.`, `error.public-api.failure.` and `service.` fronts. */
const words: Record<string, string | ((environment: string) => string)> = {
  'invalid-details': (environment) =>
    `does not know this identifier with this password. Check both: ${environment} has a login of its own.`,
  'too-many-failed-attempts': `has locked this login after too many wrong attempts. Wait, or unlock it ${site}, then send the right password.`,
  'api-key-missing': 'was sent no API key. Send it with the other credentials.',
  'api-key-invalid': wrongKey,
  'api-key-disabled': `has this API key disabled. Enable it ${site} under Settings, API keys, or send a new one.`,
  'api-key-revoked': `has this API key revoked. Make a new one ${site} under Settings, API keys, and send it.`,
  'api-key-restricted': `restricts this API key. Look at it ${site} under Settings, API keys, or send a new one.`,
  'unauthorised.api-key.revoked': `has this API key revoked. Make a new one ${site} under Settings, API keys, and send it.`,
  'unauthorised.clientId.api-key.mismatch':
    'says that this API key belongs to another login. Send the key of this login.',
  'endpoint.unavailable.for.api-key': `does not let this API key do that. Look at it ${site} under Settings, API keys.`,
  'pending.agreements.required': `waits for you to accept its terms. Log in ${site}, accept them, then try again.`,
  'kyc.required': `waits for papers of yours. Log in ${site}, answer what it asks, then try again.`,
  'missing.credentials': `waits for you to complete your login. Log in ${site}, then try again.`,
  'preferred.account.disabled': `has the preferred account of this login disabled. Choose another one ${site}.`,
  'preferred.account.not.set': `knows no preferred account of this login. Choose one ${site}.`,
  'encryption.required':
    'takes an encrypted password only from this login (IG Singapore), which cannot be sent here yet.',
  'account-access-denied': `denies this login its account. Ask IG, or log in ${site} to see why.`,
  'account-migrated': `has moved this account. Log in ${site} to see where to.`,
  'account-not-yet-activated': `has not activated this account yet. Finish opening it ${site}.`,
  'account-suspended': `has suspended this account. Ask IG why.`,
  'client-suspended': `has suspended this login. Ask IG why.`,
  'all-accounts-pending': `has opened no account of this login yet. Finish opening one ${site}.`,
  'all-accounts-suspended': `has suspended every account of this login. Ask IG why.`,
  'authentication.failure.not-a-client-account':
    'says that this login is no client of its own. Use the login of the account’s owner.',
  'exceeded-api-key-allowance': 'was asked too often with this API key. Wait a minute, then try again.',
  'exceeded-account-allowance': 'was asked too often for this account. Wait a minute, then try again.',
};
const fronts = /^(?:error\.security\.|error\.public-api\.failure\.|error\.public-api\.|service\.)/;
const otherCode = 'refuses the login. Log in on its web site to see why; its own reason is in broker.code.';

/** By IG's status of an account that can be read, and on which nothing is dealt. */
const accountWords: Record<string, string> = {
  SUSPENDED_FROM_DEALING: `has suspended this account from dealing: it can be read, and nothing is dealt on it. Log in ${site} to see why, or ask IG.`,
  DISABLED: `has disabled this account: it can be read, and nothing is dealt on it. Log in ${site} to see why, or ask IG.`,
};

export const brokerName = (environment: Environment): string =>
  environment === 'simulated' ? 'The simulator' : `IG ${environment}`;

function found(brokerCode: string, environment: string): string | undefined {
  const known = [brokerCode, brokerCode.replace(fronts, '')].find((name) => Object.hasOwn(words, name));
  const text = known === undefined ? undefined : words[known];
  return typeof text === 'function' ? text(environment) : text;
}
/** A refused login in words. `brokerCode` is IG's `errorCode`. */
export const loginProblem = (environment: Environment, brokerCode: string): string =>
  `${brokerName(environment)} ${found(brokerCode, environment) ?? otherCode}`;
/** A refusal of anything else in the same words, where its code says that nobody is let in; undefined for any other code. */
export const knownProblem = (environment: Environment, brokerCode: string): string | undefined => {
  const text = found(brokerCode, environment);
  return text && `${brokerName(environment)} ${text}`;
};
/** The same without saying which broker, to continue a sentence. */
export const knownProblemText = (brokerCode: string): string | undefined => {
  const text = found(brokerCode, 'this environment');
  return text && `the broker ${text}`;
};
/** An account on which nothing is dealt, in words; undefined: it is dealt on, as far as IG's `status` of it says. */
export function accountProblem(
  environment: Environment,
  status: string | null | undefined,
): string | undefined {
  const text = status && Object.hasOwn(accountWords, status) ? accountWords[status] : undefined;
  return text && `${brokerName(environment)} ${text}`;
}
/** Whether a broker's code speaks of the account, which a login that works says nothing of. */
export const isAccountStatus = (brokerCode: string | null): boolean =>
  brokerCode !== null && Object.hasOwn(accountWords, brokerCode);
