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
/** The password is kept as a hash: these logins may be written to a disk. */
export interface Login { identifier: string; passwordHash: string; apiKey: string; clientId: string; accounts: SimulatorAccount[] }

export const maxLogins = 10_000;
export const identifierPattern = /^[A-Za-z0-9\-_]{1,30}$/;
export const accountPattern = /^[A-Za-z0-9-]{1,30}$/;

export interface Logins {
  /** Adds a login. Throws `LoginTaken` when the identifier or account belongs to somebody else, RangeError beyond `maxLogins`. */
  add(login: SimulatorLogin): Login;
  /** Adds a login with what is missing made up; naming one again with the same password returns it. */
  create(wanted: Partial<SimulatorLogin>): { login: Login; password: string };
  /** Adds a login as it was before a restart, or without credentials only keeps its account id from being given to another. */
  restore(account: Pick<SimulatorAccount, 'accountId' | 'accountType' | 'currency'> & { login: string; credentials?: { passwordHash: string; apiKey: string } }): void;
  find(identifier: string): Login | undefined;
  findByKey(apiKey: string): Login | undefined;
  count(): number;
}
export class LoginTaken extends Error {}

export const hashPassword = (identifier: string, password: string) => createHash('sha256').update(`${identifier}\0${password}`).digest('hex');

const digest = (text: string, alphabet: string, length: number) =>
  Array.from(createHash('sha256').update(text).digest().subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');

export function createLogins(ids: Ids): Logins {
  const byIdentifier = new Map<string, Login>();
  const byKey = new Map<string, Login>();
  const accountOwners = new Map<string, string>();

  function add(wanted: SimulatorLogin, passwordHash = hashPassword(wanted.identifier, wanted.password)): Login {
    const { identifier, apiKey, otherAccounts = [] } = wanted;
    const accounts: SimulatorAccount[] = [
      { accountId: wanted.accountId, accountName: 'Simulated', accountType: wanted.accountType ?? 'CFD', currency: wanted.currency ?? 'GBP', balance: wanted.balance ?? '10000.00' },
      ...otherAccounts,
    ];
    if (!identifierPattern.test(identifier)) throw new RangeError(`identifier must match ${identifierPattern.source}`);
    if (accounts.some(({ accountId }) => !accountPattern.test(accountId))) throw new RangeError(`account ids must match ${accountPattern.source}`);
    if (byIdentifier.has(identifier) || accounts.some(({ accountId }) => accountOwners.has(accountId))) throw new LoginTaken('identifier or account id is taken');
    if (byIdentifier.size >= maxLogins) throw new RangeError(`no more than ${maxLogins} logins`);
    const login = { identifier, passwordHash, apiKey, clientId: wanted.clientId ?? digest(identifier, '0123456789', 9), accounts };
    byIdentifier.set(identifier, login);
    byKey.set(apiKey, login);
    for (const { accountId } of accounts) accountOwners.set(accountId, identifier);
    return login;
  }
  return {
    add: (wanted) => add(wanted),
    create(wanted) {
      const { identifier = `sim-${digest(ids.secret(), 'abcdefghijkmnpqrstuvwxyz23456789', 10)}`, password = ids.secret() } = wanted;
      const known = byIdentifier.get(identifier);
      if (known?.passwordHash === hashPassword(identifier, password)) return { login: known, password };
      const accountId = () => `S${digest(ids.secret(), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 5)}`;
      let free = accountId();
      while (accountOwners.has(free)) free = accountId();
      const apiKey = digest(ids.secret() + ids.secret(), '0123456789abcdef', 32) + digest(ids.secret(), '0123456789abcdef', 8);
      return { login: add({ apiKey, accountId: free, ...wanted, identifier, password }), password };
    },
    restore({ login: identifier, credentials, accountId, accountType, currency }) {
      if (accountOwners.has(accountId)) return; // the configuration's word counts
      if (!credentials || byIdentifier.has(identifier)) accountOwners.set(accountId, identifier);
      else add({ identifier, password: '', apiKey: credentials.apiKey, accountId, accountType, currency }, credentials.passwordHash);
    },
    find: (identifier) => byIdentifier.get(identifier),
    findByKey: (apiKey) => byKey.get(apiKey),
    count: () => byIdentifier.size,
  };
}
