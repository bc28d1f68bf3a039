// The server as the user of a rehearsal asks it: a key with every scope and an account first, then its figures and how its requests fared.
import { decimal } from '../../../shared/decimal.ts';

export interface RehearsalUser {
  key: string;
  accountId: string;
  brokerAccountId: string;
}
/** Of the account, in its currency, at the newest prices. */
export interface Figures {
  cash: string;
  equity: string;
  runningProfit: string;
}
export type RehearsalApi = ReturnType<typeof createRehearsalApi>;

const json = 'application/json';

export function createRehearsalApi(url: string) {
  async function ask<T>(path: string, { token, body }: { token?: string; body?: object } = {}): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': json }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 300)}`);
    return (response.headers.get('content-type')?.startsWith(json) ? JSON.parse(text) : text) as T;
  }
  return {
    /** Signs in as `login`, whose simulated account is made by that, and makes a key. */
    async begin(login: { email: string; password: string }): Promise<RehearsalUser> {
      const { accessToken: token } = await ask<{ accessToken: string }>('/api/auth/login', { body: login });
      const { accounts } = await ask<{ accounts: { id: string; brokerAccountId: string }[] }>(
        '/api/accounts',
        { token },
      );
      const [{ id: accountId, brokerAccountId }] = accounts as [(typeof accounts)[0]];
      const scopes = ['market', 'account:read', 'trade:open', 'trade:close'];
      const { key } = await ask<{ key: string }>('/api/auth/api-keys', {
        token,
        body: { name: 'rehearsal', scopes },
      });
      return { key, accountId, brokerAccountId };
    },
    async figures({ key, accountId }: RehearsalUser): Promise<Figures> {
      const summary = await ask<Figures>(`/api/trading/summary?accountId=${accountId}`, { token: key });
      const { cash, equity, runningProfit } = summary;
      return {
        cash: decimal.canonical(cash),
        equity: decimal.canonical(equity),
        runningProfit: decimal.canonical(runningProfit),
      };
    },
    /** Requests to the API so far, over both faces, and those answered with an error. */
    async requests(): Promise<{ all: number; refused: number }> {
      const text = await ask<string>('/metrics');
      const counted = [
        ...text.matchAll(
          /^ftrader_http_request_seconds_count\{face="(?:api|trpc)",status="(\d)xx"\} (\d+)$/gm,
        ),
      ];
      const sum = (wanted: (status: string) => boolean) =>
        counted.reduce((total, [, status, count]) => total + (wanted(status!) ? Number(count) : 0), 0);
      return { all: sum(() => true), refused: sum((status) => status >= '4') };
    },
  };
}
