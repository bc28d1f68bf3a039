// The admin routes of a simulator that runs in another process: faults, logins, and its books, which say what was dealt.
import type { AccountSnapshot, FaultSetting, SimulatorLogin } from '../ig-simulator/index.ts';

export interface SimulatorAdmin {
  /** Ends in `/gateway/deal`. */
  baseUrl: string;
  /** Replaces all faults; none: nothing goes wrong. */
  setFaults(faults: readonly FaultSetting[]): Promise<void>;
  /** How often each fault that is set has struck. */
  hits(): Promise<number[]>;
  /** What is not named is made up; naming one again with its password returns it. */
  createLogin(wanted: Partial<SimulatorLogin>): Promise<IgLogin>;
  /** What is booked on an account. */
  books(accountId: string): Promise<AccountSnapshot>;
}
export type IgLogin = Record<'baseUrl' | 'apiKey' | 'identifier' | 'password' | 'accountId', string>;

/** `token` is what the simulator was started with. Throws what it answers to a call that it does not take. */
export function simulatorAdmin({ baseUrl, token }: { baseUrl: string; token: string }): SimulatorAdmin {
  async function ask(path: string, body?: object): Promise<any> {
    const response = await fetch(new URL(`/simulator/${path}`, baseUrl), {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`/simulator/${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
  return {
    baseUrl,
    setFaults: async (faults) => void (await ask('faults', faults)),
    hits: async () => ((await ask('faults')) as { hits: number }[]).map(({ hits }) => hits),
    createLogin: (wanted) => ask('logins', wanted),
    books: async (accountId) =>
      ((await ask(`state?accountId=${accountId}`)) as { accounts: Record<string, AccountSnapshot> }).accounts[
        accountId
      ]!,
  };
}
