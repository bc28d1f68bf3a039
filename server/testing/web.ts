// A browser or a script at a running server, request by request: any header, and the bytes that came back.

interface Web {
  status: number;
  code: string | undefined;
  fields: string[];
  headers: Headers;
  json: any;
  text: string;
}

/** One request. An object as body goes as JSON. */
export async function web(
  url: string,
  path: string,
  {
    method,
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: object | string | Buffer } = {},
): Promise<Web> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  const response = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers },
    redirect: 'manual',
    ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as string) }),
  });
  const text = await response.text();
  const json: any = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  const told = json?.error?.json?.data ?? json;
  return {
    status: response.status,
    code: told?.code,
    fields: Object.keys(told?.fields ?? {}),
    headers: response.headers,
    json,
    text,
  };
}

/** Signs in as a browser does: the cookie beside the tokens. */
export async function browserLogin(url: string, login: object, headers: Record<string, string> = {}) {
  const answer = await web(url, '/api/auth/login', { body: login, headers: { origin: url, ...headers } });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { ...answer, cookie, name: cookie.split('=')[0]!, value: cookie.split('=')[1]! };
}
