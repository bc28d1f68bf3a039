// A program of the login's owner that calls IG's REST API by itself, without FTrader: what it deals reaches FTrader as dealt elsewhere.

/** A market order for one mini contract of EUR/USD, as POST /positions/otc v2 takes it. */
export const marketOrder = {
  epic: 'CS.D.EURUSD.MINI.IP',
  expiry: '-',
  direction: 'BUY',
  size: 1,
  orderType: 'MARKET',
  currencyCode: 'USD',
  forceOpen: true,
  guaranteedStop: false,
};
/** Buys one of the same far below the market, as POST /workingorders/otc v2 takes it. */
export const restingOrder = {
  epic: marketOrder.epic,
  expiry: '-',
  direction: 'BUY',
  size: 1,
  currencyCode: 'USD',
  level: 1,
  type: 'LIMIT',
  timeInForce: 'GOOD_TILL_CANCELLED',
  guaranteedStop: false,
};
/** Closes one contract of a BUY. */
export const closingOrder = (dealId: string) => ({ dealId, direction: 'SELL', size: 1, orderType: 'MARKET' });

export interface CallOptions {
  version?: number | string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sent as it is, instead of `body`. */ text?: string;
}
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: any;
}
export interface IgCaller {
  /** One REST call with the API key; header values of '' are left out. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Logs in (v2) and returns the token headers. */
  logIn(): Promise<{ CST: string; 'X-SECURITY-TOKEN': string }>;
  /** Deals on the first account, its session opened on first use. */
  open(body?: object, version?: number): Promise<Reply>;
  close(body: object): Promise<Reply>;
  read(path: string, version?: number): Promise<Reply>;
  /** Writes on the first account; a DELETE goes out as clients send it, by `_method`. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object, version?: number): Promise<Reply>;
}

/** `baseUrl` ends in `/gateway/deal`. */
export function createIgCaller({
  baseUrl,
  apiKey,
  identifier,
  password,
}: Record<'baseUrl' | 'apiKey' | 'identifier' | 'password', string>): IgCaller {
  const call: IgCaller['call'] = async (method, path, { version = 1, headers = {}, body, text } = {}) => {
    const all = {
      'X-IG-API-KEY': apiKey,
      Version: String(version),
      'Content-Type': 'application/json; charset=UTF-8',
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: sent,
      ...(payload === undefined ? {} : { body: payload }),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      body: answer === '' ? undefined : JSON.parse(answer),
    };
  };
  async function logIn() {
    const { headers } = await call('POST', '/session', { version: 2, body: { identifier, password } });
    return { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
  }
  let tokens: ReturnType<typeof logIn> | undefined;
  return {
    call,
    logIn,
    open: async (body = {}, version = 2) =>
      call('POST', '/positions/otc', {
        version,
        headers: await (tokens ??= logIn()),
        body: { ...marketOrder, ...body },
      }),
    close: async (body) =>
      call('POST', '/positions/otc', {
        headers: { ...(await (tokens ??= logIn())), _method: 'DELETE' },
        body,
      }),
    read: async (path, version = 1) => call('GET', path, { version, headers: await (tokens ??= logIn()) }),
    async send(method, path, body, version = 2) {
      const headers = { ...(await (tokens ??= logIn())), ...(method === 'DELETE' && { _method: method }) };
      return call(method === 'DELETE' ? 'POST' : method, path, { version, headers, body });
    },
  };
}
