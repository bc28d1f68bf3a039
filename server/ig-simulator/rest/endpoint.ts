// What an endpoint is: the calls it answers, the answer, and IG's refusals. Serves nothing.
import type { Login } from '../access/logins.ts';
import type { AllowanceClass } from '../access/allowances.ts';
import type { Sessions, TokenSession } from '../access/sessions.ts';
import type { Target } from '../faults/fault.ts';

/** A refusal with IG's code; the body is `{ errorCode }` and nothing else. */
export class IgError extends Error {
  readonly status: number;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
  }
}

type Oauth = NonNullable<ReturnType<Sessions['findOauth']>>;
/** Who calls: a login on one of its accounts, by CST tokens or by OAuth. */
export interface Caller {
  login: Login;
  accountId: string;
  tokens?: TokenSession;
  oauth?: Oauth;
}

export interface Call {
  version: number;
  params: Record<string, string>;
  query: URLSearchParams;
  apiKey: string;
  /** Address by which the client reached us, for `lightstreamerEndpoint`. */
  origin: string;
  /** The body as an object, its numbers as `NumberText`. Throws IG's 400 codes when it is absent, malformed or no object; `name` is what they call it. */
  body(name?: string): Record<string, unknown>;
  /** The caller; only endpoints with access `session` have one. */
  caller(): Caller;
}
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  html?: string;
  /** The body is cut off in the middle. */ torn?: true;
  /** Sent as it is, instead of `body`. */ file?: { type: string; bytes: Buffer };
}
interface Facts {
  /** Default N. */
  kind: AllowanceClass;
  /** Default: a session. */
  access: 'key' | 'session';
  /** What faults know it as; default: reads, and logins. */
  deals?: Exclude<Target, 'read' | 'login' | 'trigger'>;
  /** A call it answers, for whoever wants to try it: what stands for `:name`, the query, and the body. */
  example?: { params?: Record<string, string>; query?: string; body?: Record<string, unknown> };
}
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Handle = (call: Call) => Answer | Promise<Answer>;
export interface Endpoint extends Facts {
  method: Method;
  /** Path below the base; `:name` matches one segment. */
  path: string;
  versions: readonly number[];
  handle: Handle;
}

/** An endpoint by its method and path, such as `GET /accounts`. */
export function endpoint(
  call: `${Method} ${string}`,
  versions: readonly number[],
  facts: Partial<Facts>,
  handle: Handle,
): Endpoint {
  const [method, path] = call.split(' ') as [Method, string];
  return { kind: 'N', access: 'session', ...facts, method, path, versions, handle };
}
