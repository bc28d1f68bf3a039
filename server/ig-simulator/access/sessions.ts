// Tokens: CST with X-SECURITY-TOKEN, OAuth pairs, their lifetimes by the clock, and the RSA key for encrypted passwords.
import { constants, createHash, generateKeyPair, privateDecrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Login } from './logins.ts';

const hourMs = 3_600_000;
/** A CST lives six hours after its last use, 72 hours at most (reference: IG guide). */
export const tokenIdleMs = 6 * hourMs;
const tokenMaxAgeMs = 72 * hourMs;
/** An OAuth access token lives 60 s, its refresh token ten minutes longer. */
const accessTokenMs = 60_000;
const refreshTokenMs = accessTokenMs + 600_000;
/** Tokens kept per kind; the oldest go first. */
const maxTokens = 20_000;
/** Wrong passwords in a row before a login is locked, and for how long. */
export const maxFailures = 5;
export const lockMs = 300_000;

/** A CST session: the token names the person, the XST the account in use. */
export interface TokenSession {
  login: Login;
  cst: string;
  xst: string;
  accountId: string;
  createdMs: number;
  usedMs: number;
}
interface OauthSession {
  login: Login;
  accessToken: string;
  refreshToken: string;
  issuedMs: number;
  /** CST sessions it fetched, one an account. */ tokens: TokenSession[];
}
export type TokenProblem = 'client-token-invalid' | 'account-token-invalid';

export interface Sessions {
  open(login: Login): TokenSession;
  /** The live session of a token pair, its idle time restarted; or what is wrong with the pair. */
  find(cst: string, xst: string): TokenSession | TokenProblem;
  /** Moves a session to another account: the CST stays, the XST is replaced. */
  switchAccount(session: TokenSession, accountId: string): void;
  close(session: TokenSession): void;
  openOauth(login: Login): OauthSession;
  findOauth(accessToken: string): OauthSession | undefined;
  /** Replaces both tokens; undefined when the refresh token is dead or belongs to another API key. */
  refresh(refreshToken: string, apiKey: string): OauthSession | undefined;
  /** CST and XST of an OAuth login for an account, opened on first need and whenever they have ended. */
  tokensFor(oauth: OauthSession, accountId: string): TokenSession;
  closeOauth(oauth: OauthSession): void;
  /** Notes a wrong (or, with `ok`, a right) password. */
  noteAttempt(identifier: string, ok: boolean): void;
  isLocked(identifier: string): boolean;
  encryptionKey(): Promise<{ encryptionKey: string; timeStamp: number }>;
  /** The password inside IG's encrypted form, or undefined. */
  decryptPassword(text: string): Promise<string | undefined>;
  /** Forgets every token, as IG's weekend maintenance does. */
  voidAll(): void;
}

export function createSessions({ clock, ids }: { clock: Clock; ids: Ids }): Sessions {
  const byCst = new Map<string, TokenSession>();
  const byAccess = new Map<string, OauthSession>();
  const byRefresh = new Map<string, OauthSession>();
  const failures = new Map<string, { count: number; atMs: number }>();
  const nowMs = () => clock.monotonicMs();
  /** 64 hexadecimal digits and a short suffix, as recorded. */
  const token = (suffix: string) =>
    createHash('sha256').update(ids.secret()).digest('hex').toUpperCase() + suffix;
  const put = <T>(map: Map<string, T>, key: string, value: T) => putNewest(map, key, value, maxTokens);
  const isLive = (session: TokenSession) => {
    const now = nowMs();
    return (
      byCst.get(session.cst) === session &&
      now - session.usedMs < tokenIdleMs &&
      now - session.createdMs < tokenMaxAgeMs
    );
  };
  function open(login: Login, accountId = login.preferredId): TokenSession {
    const now = nowMs();
    const session = {
      login,
      cst: token('CC01113'),
      xst: token('CD01113'),
      accountId,
      createdMs: now,
      usedMs: now,
    };
    put(byCst, session.cst, session);
    return session;
  }
  function close(session: TokenSession) {
    byCst.delete(session.cst);
  }
  function openOauth(login: Login, tokens: TokenSession[] = []): OauthSession {
    const session = {
      login,
      accessToken: ids.secret(),
      refreshToken: ids.secret(),
      issuedMs: nowMs(),
      tokens,
    };
    put(byAccess, session.accessToken, session);
    put(byRefresh, session.refreshToken, session);
    return session;
  }
  function drop(session: OauthSession) {
    byAccess.delete(session.accessToken);
    byRefresh.delete(session.refreshToken);
  }
  let pair: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | undefined;
  const keys = () => (pair ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }));

  return {
    open: (login) => open(login),
    find(cst, xst) {
      const session = byCst.get(cst);
      if (!session || !isLive(session)) {
        byCst.delete(cst);
        return 'client-token-invalid';
      }
      if (session.xst !== xst) return 'account-token-invalid';
      session.usedMs = nowMs();
      return session;
    },
    switchAccount(session, accountId) {
      session.accountId = accountId;
      session.xst = token('CD01113');
    },
    close,
    openOauth,
    findOauth(accessToken) {
      const session = byAccess.get(accessToken);
      return session && nowMs() - session.issuedMs < accessTokenMs ? session : undefined;
    },
    refresh(refreshToken, apiKey) {
      const old = byRefresh.get(refreshToken);
      if (old?.login.apiKey !== apiKey) return undefined;
      drop(old);
      if (nowMs() - old.issuedMs >= refreshTokenMs) return undefined;
      return openOauth(old.login, old.tokens);
    },
    tokensFor(oauth, accountId) {
      oauth.tokens = oauth.tokens.filter(isLive);
      const known = oauth.tokens.find((session) => session.accountId === accountId);
      if (known) return known;
      const session = open(oauth.login, accountId);
      oauth.tokens.push(session);
      return session;
    },
    closeOauth(oauth) {
      drop(oauth);
      for (const session of oauth.tokens) close(session);
    },
    noteAttempt(identifier, ok) {
      if (ok) failures.delete(identifier);
      else failures.set(identifier, { count: (failures.get(identifier)?.count ?? 0) + 1, atMs: nowMs() });
    },
    isLocked(identifier) {
      const failed = failures.get(identifier);
      if (failed && nowMs() - failed.atMs >= lockMs) failures.delete(identifier);
      return (failures.get(identifier)?.count ?? 0) >= maxFailures;
    },
    async encryptionKey() {
      const { publicKey } = await keys();
      return {
        encryptionKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        timeStamp: clock.now().getTime(),
      };
    },
    async decryptPassword(text) {
      const { privateKey } = await keys();
      try {
        const plain = privateDecrypt(
          { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
          Buffer.from(text, 'base64'),
        );
        const inner = Buffer.from(plain.toString('latin1'), 'base64').toString('utf8');
        const bar = inner.lastIndexOf('|');
        return bar < 0 ? undefined : inner.slice(0, bar);
      } catch {
        return undefined; // not our key, or no cipher text at all: a wrong password
      }
    },
    voidAll() {
      for (const map of [byCst, byAccess, byRefresh]) map.clear();
    },
  };
}
