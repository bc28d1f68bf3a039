// What a procedure knows about its caller: facts only; services arrive by closure.
import type { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Scope } from '../../shared/auth.ts';
import type { User } from '../../shared/auth.ts';

/** Who calls, proven by a session or an API key. */
export interface Principal {
  user: User;
  /** What proves it: the id of the session (a hash), or of the key (`key_…`). */
  sessionId: string;
  scopes: ReadonlySet<Scope>;
  /** Of a key that is bound to accounts: these, and no other, are its. What follows from it is decided in bound.ts. */
  accountIds?: ReadonlySet<string>;
}

/** How the messages of a subscription are written by a sender that writes them itself. */
export interface WrittenForm {
  /** `trpc`: a result of tRPC with the value in superjson. `plain`: the value as plain JSON. */
  readonly form: 'trpc' | 'plain';
  /** The text that opens each message: `{"id":7,` on a tRPC socket, `{"type":"data","id":7,` on a plain one. */
  readonly opening: string;
}

/** What follows the opening of a message and is the same on many sockets; its frames are kept here, by opening. */
export interface SharedText {
  readonly text: string;
  readonly frames: Map<string, Buffer>;
}

/** The WebSocket a subscription runs on, as far as a sender of prepared text needs it. */
export interface ClientSocket {
  /** Bytes accepted by `send` and not yet handed to the operating system. */
  readonly bufferedAmount: number;
  readonly open: boolean;
  /** Sends one text message; `flushed` runs once it has left the process (or failed). */
  send(text: string, flushed?: () => void): void;
  /** The same of one message that goes to many sockets: it is encoded once for all that open it alike. */
  sendShared(opening: string, rest: SharedText, flushed?: () => void): void;
  close(code: number, reason: string): void;
  /**
   * In the very turn in which a subscription starts: how a sender that writes its messages itself has to write them. Otherwise
   * undefined: yield the values instead.
   */
  takeStarted(): WrittenForm | undefined;
}

/** A place among what its caller has open: a subscription runs as long as it holds one. */
export interface Place {
  /** Aborts when the caller leaves, and when what the place rests on has ended. */
  readonly signal: AbortSignal;
  /** Why it was ended from here; undefined while it holds, and when the caller left. */
  readonly failure: AppError | undefined;
  /** Gives the place back. Safe to call twice. */
  leave(): void;
}

/** Where the subscriptions of a caller are bounded, counted and ended, whichever transport carries them. */
export interface Places {
  /** `left` aborts when the caller leaves. Throws request.too_many_subscriptions, auth.required, server.unavailable. */
  take(left: AbortSignal | undefined): Place;
}

export interface SessionCookie {
  set(token: string, expiresAt: Date): void;
  clear(): void;
}

/** What a mutation learns about its caller on the way. `subject`: the e-mail address tried. */
export interface AuditWho {
  userId?: string;
  sessionId?: string;
  subject?: string;
}

/** What is known of a mutation once it is over. `before` and `after`, as JSON: what it changed, as it stood and as it stands. */
export interface AuditEnd extends AuditWho {
  before?: string | undefined;
  after?: string | undefined;
}

/** What is kept of a mutation; `action` is its procedure, `outcome` `ok` or an error code. */
export interface CallAudit {
  /** Opens its row; the returned function closes it with its outcome, with who it turned out to be and what was changed. */
  begin(action: string): Promise<(outcome: string, end?: AuditEnd) => Promise<void>>;
  /** It was refused before it could do anything. Never rejects. */
  refuse(action: string, outcome: string, who: AuditWho): Promise<void>;
}

export interface Context {
  requestId: string;
  /** What the time limit of its call runs on; the system's unless told. */
  clock?: Clock;
  ip: string;
  /** An admin, a program on this machine, or who bears METRICS_TOKEN: may see how this process does. */
  isOperator: boolean;
  userAgent: string | undefined;
  principal: Principal | null;
  /** Why there is no principal although credentials were sent: answered instead of `auth.required`. */
  /** Why a caller without credentials may have none, and what to do. */
  signInAdvice?: string | undefined;
  credentialProblem?:
    'auth.bearer_missing' | 'auth.token_expired' | 'auth.token_invalid' | 'auth.key_invalid' | undefined;
  /** Set on HTTP, where an answer can carry a cookie. */
  cookie?: SessionCookie | undefined;
  /** Set on a WebSocket. */
  socket?: ClientSocket | undefined;
  /** Set where many calls can come at once, on a WebSocket and in a batch: resolves when this one may begin. */
  turn?: (() => Promise<void>) | undefined;
  /** Set where calls arrive uncounted, on a WebSocket: counts one for its network. Throws request.limited. */
  spend?: (() => Promise<void>) | undefined;
  places: Places;
  /** Logs a fault of our own that the caller's answer does not fail for. */
  report?(fault: AppError, path: string): void;
  audit: CallAudit;
  /** Tells the audit row of the running mutation who it is about, where the caller was not signed in before. */
  identify?(who: AuditWho): void;
}
