// The people of the simulated broker: logins, their API keys and accounts. No tokens, no money movements.
import { createHash } from 'node:crypto';
import type { Ids } from '../lib/ids.ts';

export interface SimulatorAccount { accountId: string; accountName: string; accountType: 'CFD' | 'SPREADBET'; currency: string; /** Cash, decimal text. */ balance: string }
/** One login as the caller names it; what is left out gets a default. */
export interface SimulatorLogin {
  identifier: string;
  password: string;
  apiKey: string;
  accountId: string;
  clientId?: string;
  accountType?: 'CFD' | 'SPREADBET';
  currency?: string;
  balance?: string;
  /** Further accounts of the same login; the first account is the preferred one. */
  otherAccounts?: SimulatorAccount[];
}
export interface Login { identifier: string; password: string; apiKey: string; clientId: string; accounts: SimulatorAccount[] }

export const maxLogins = 10_000;
export const identifierPattern = /^[A-Za-z0-9\-_]{1,30}$/;
export const accountPattern = /^[A-Za-z0-9-]{1,30}$/;

export interface Logins {
  /** Adds a login. Throws `LoginTaken` when the identifier or account belongs to somebody else, RangeError beyond `maxLogins`. */
  add(login: SimulatorLogin): Login;
  /** Adds a login with what is missing made up; naming one again with the same password returns it. */
  create(wanted: Partial<SimulatorLogin>): Login;
  find(identifier: string): Login | undefined;
  findByKey(apiKey: string): Login | undefined;
  count(): number;
}
export class LoginTaken extends Error {}

const digest = (text: string, alphabet: string, length: number) =>
  Array.from(createHash('sha256').update(text).digest().subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');

export function createLogins(ids: Ids): Logins {
  const byIdentifier = new Map<string, Login>();
  const byKey = new Map<string, Login>();
  const accountOwners = new Map<string, string>();

  function add(wanted: SimulatorLogin): Login {
    const { identifier, password, apiKey, otherAccounts = [] } = wanted;
    const accounts: SimulatorAccount[] = [
      { accountId: wanted.accountId, accountName: 'Simulated', accountType: wanted.accountType ?? 'CFD', currency: wanted.currency ?? 'GBP', balance: wanted.balance ?? '10000.00' },
      ...otherAccounts,
    ];
    if (!identifierPattern.test(identifier)) throw new RangeError(`identifier must match ${identifierPattern.source}`);
    if (accounts.some(({ accountId }) => !accountPattern.test(accountId))) throw new RangeError(`account ids must match ${accountPattern.source}`);
    if (byIdentifier.has(identifier) || accounts.some(({ accountId }) => accountOwners.has(accountId))) throw new LoginTaken('identifier or account id is taken');
    if (byIdentifier.size >= maxLogins) throw new RangeError(`no more than ${maxLogins} logins`);
    const login = { identifier, password, apiKey, clientId: wanted.clientId ?? digest(identifier, '0123456789', 9), accounts };
    byIdentifier.set(identifier, login);
    byKey.set(apiKey, login);
    for (const { accountId } of accounts) accountOwners.set(accountId, identifier);
    return login;
  }
  return {
    add,
    create(wanted) {
      const known = wanted.identifier === undefined ? undefined : byIdentifier.get(wanted.identifier);
      if (known && wanted.password === known.password) return known;
      const accountId = () => `S${digest(ids.secret(), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 5)}`;
      let free = accountId();
      while (accountOwners.has(free)) free = accountId();
      return add({
        identifier: `sim-${digest(ids.secret(), 'abcdefghijkmnpqrstuvwxyz23456789', 10)}`,
        password: ids.secret(),
        apiKey: digest(ids.secret() + ids.secret(), '0123456789abcdef', 32) + digest(ids.secret(), '0123456789abcdef', 8),
        accountId: free,
        ...wanted,
      });
    },
    find: (identifier) => byIdentifier.get(identifier),
    findByKey: (apiKey) => byKey.get(apiKey),
    count: () => byIdentifier.size,
  };
}
