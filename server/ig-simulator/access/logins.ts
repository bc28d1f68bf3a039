// The people of the simulated broker: logins, their API keys and accounts. No tokens, no money movements.
import { createHash } from 'node:crypto';
import type { Ids } from '../../lib/ids.ts';
import type { Credentials } from '../engine/words.ts';

export interface SimulatorAccount {
  accountId: string;
  accountName: string;
  accountType: 'CFD' | 'SPREADBET';
  currency: string;
  /** Cash, decimal text. */ balance: string;
}
/** One login as the caller names it; what is left out gets a default. */
export interface SimulatorLogin {
  identifier: string;
  password: string;
  apiKey: string;
  accountId: string;
  accountType?: 'CFD' | 'SPREADBET';
  currency?: string;
  balance?: string;
  /** Further accounts of the same login; the first account is the preferred one. */
  otherAccounts?: SimulatorAccount[];
}
/** The password is kept as a hash: these logins may be written to a disk. A session starts on the preferred account. */
export interface Login {
  identifier: string;
  passwordHash: string;
  apiKey: string;
  clientId: string;
  accounts: SimulatorAccount[];
  preferredId: string;
}
export interface ApiKey {
  status: 'ENABLED' | 'DISABLED' | 'REVOKED';
}
/** An account as the journal knows it; with credentials when its login was made at run time. */
type RememberedAccount = Pick<SimulatorAccount, 'accountId' | 'accountType' | 'currency'> & {
  login: string;
  credentials?: Credentials;
};

const maxLogins = 10_000;
export const maxAccounts = 20;
export const identifierPattern = /^[A-Za-z0-9\-_]{1,30}$/;
export const accountPattern = /^[A-Za-z0-9-]{1,30}$/;

export interface Logins {
  /** Adds a login. Throws `LoginTaken` when the identifier or account belongs to somebody else, RangeError beyond `maxLogins`. */
  add(login: SimulatorLogin): Login;
  /**
   * Adds a login with what is missing made up; naming one again with the same password returns it, with whatever further
   * accounts are named new, and enables its API key, as IG's web site would.
   */
  create(wanted: Partial<SimulatorLogin>): { login: Login; password: string };
  /** Adds logins as they were before a restart; account ids whose login is not to be signed in to are only kept from being given to another. */
  restore(accounts: Iterable<RememberedAccount>): void;
  find(identifier: string): Login | undefined;
  findKey(apiKey: string): ApiKey | undefined;
  count(): number;
}
export class LoginTaken extends Error {}

export const findAccount = (login: Login, accountId: string) =>
  login.accounts.find((account) => account.accountId === accountId);
export const hashPassword = (identifier: string, password: string) =>
  createHash('sha256').update(`${identifier}\0${password}`).digest('hex');

const digest = (text: string, alphabet: string, length: number) =>
  Array.from(
    createHash('sha256').update(text).digest().subarray(0, length),
    (byte) => alphabet[byte % alphabet.length],
  ).join('');

export function createLogins(ids: Ids): Logins {
  const byIdentifier = new Map<string, Login>();
  const keys = new Map<string, ApiKey>();
  const accountOwners = new Map<string, string>();

  /** Throws, unless all of `accounts` may become accounts of `identifier`. */
  function claim(identifier: string, accounts: readonly SimulatorAccount[]) {
    const names = accounts.map(({ accountId }) => accountId);
    if (names.some((accountId) => !accountPattern.test(accountId)))
      throw new RangeError(`account ids must match ${accountPattern.source}`);
    if (new Set(names).size < names.length || names.some((accountId) => accountOwners.has(accountId)))
      throw new LoginTaken('account id is taken');
    for (const accountId of names) accountOwners.set(accountId, identifier);
  }
  function add(
    wanted: SimulatorLogin,
    passwordHash = hashPassword(wanted.identifier, wanted.password),
  ): Login {
    const { identifier, apiKey, accountId, otherAccounts = [] } = wanted;
    const accounts: SimulatorAccount[] = [
      {
        accountId,
        accountName: 'Simulated',
        accountType: wanted.accountType ?? 'CFD',
        currency: wanted.currency ?? 'GBP',
        balance: wanted.balance ?? '10000.00',
      },
      ...otherAccounts,
    ];
    if (!identifierPattern.test(identifier))
      throw new RangeError(`identifier must match ${identifierPattern.source}`);
    if (byIdentifier.has(identifier)) throw new LoginTaken('identifier is taken');
    if (byIdentifier.size >= maxLogins) throw new RangeError(`no more than ${maxLogins} logins`);
    if (accounts.length > maxAccounts) throw new RangeError(`no more than ${maxAccounts} accounts a login`);
    claim(identifier, accounts);
    const login = {
      identifier,
      passwordHash,
      apiKey,
      clientId: digest(identifier, '0123456789', 9),
      accounts,
      preferredId: accountId,
    };
    byIdentifier.set(identifier, login);
    keys.set(apiKey, { status: 'ENABLED' });
    return login;
  }
  function extend(login: Login, others: readonly SimulatorAccount[]) {
    const fresh = others.filter(({ accountId }) => accountOwners.get(accountId) !== login.identifier);
    if (login.accounts.length + fresh.length > maxAccounts)
      throw new RangeError(`no more than ${maxAccounts} accounts a login`);
    claim(login.identifier, fresh);
    login.accounts.push(...fresh);
  }
  return {
    add: (wanted) => add(wanted),
    create(wanted) {
      const {
        identifier = `sim-${digest(ids.secret(), 'abcdefghijkmnpqrstuvwxyz23456789', 10)}`,
        password = ids.secret(),
      } = wanted;
      const known = byIdentifier.get(identifier);
      if (known?.passwordHash === hashPassword(identifier, password)) {
        extend(known, wanted.otherAccounts ?? []);
        keys.set(known.apiKey, { status: 'ENABLED' });
        return { login: known, password };
      }
      const accountId = () => `S${digest(ids.secret(), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 5)}`;
      let free = accountId();
      while (accountOwners.has(free)) free = accountId();
      const apiKey =
        digest(ids.secret() + ids.secret(), '0123456789abcdef', 32) +
        digest(ids.secret(), '0123456789abcdef', 8);
      return { login: add({ apiKey, accountId: free, ...wanted, identifier, password }), password };
    },
    restore(accounts) {
      const configured = new Set(byIdentifier.keys());
      const inOrder = [...accounts].sort((a, b) => (a.credentials?.place ?? 0) - (b.credentials?.place ?? 0));
      for (const { login: identifier, credentials, ...account } of inOrder) {
        if (accountOwners.has(account.accountId)) continue; // the configuration's word counts
        const known = byIdentifier.get(identifier);
        const named = { ...account, accountName: credentials?.accountName ?? 'Simulated', balance: '0' };
        if (!credentials || configured.has(identifier)) accountOwners.set(account.accountId, identifier);
        else if (known) extend(known, [named]);
        else
          add({ ...account, identifier, password: '', apiKey: credentials.apiKey }, credentials.passwordHash);
      }
    },
    find: (identifier) => byIdentifier.get(identifier),
    findKey: (apiKey) => keys.get(apiKey),
    count: () => byIdentifier.size,
  };
}
