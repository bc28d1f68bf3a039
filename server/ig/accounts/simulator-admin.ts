// Simulated logins over the simulator's admin route: the only caller of a route that IG does not have.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/within.ts';
import type { NewSimulatedLogin, SimulatedBroker } from '../../modules/accounts/ports.ts';

const timeoutMs = 5_000;
/** What a new account has dealt before it was made (docs/simulator.md). */
export interface WrittenPast {
  since: Date;
  trades: readonly {
    dealReference: string;
    openedAt: Date;
    closedAt: Date;
    epic: string;
    direction: 'BUY' | 'SELL';
    size: string;
    stopDistance?: string;
    limitDistance?: string;
  }[];
}
const Answer = z.object({
  apiKey: z.string(),
  identifier: z.string(),
  password: z.string(),
  accountId: z.string(),
});

export type SimulatorAdmin = ReturnType<typeof createSimulatedBroker>;
/**
 * `baseUrl` is the simulator's, ending in `/gateway/deal`. The route answers a known identifier only to who brings its password, so
 * the password follows from the identifier and the admin token: whoever has that token may make logins anyway.
 */
export function createSimulatedBroker({
  baseUrl,
  token,
  clock,
}: {
  baseUrl: string;
  token: string;
  clock: Clock;
}) {
  const url = new URL('/simulator/logins', baseUrl);
  return {
    /** A `past` is that of an account that is new; one that exists keeps its own. */
    async createLogin(
      { identifier, accountId, currency, cash }: NewSimulatedLogin,
      past?: WrittenPast,
    ): ReturnType<SimulatedBroker['createLogin']> {
      const password = createHmac('sha256', token).update(`login ${identifier}`).digest('base64url');
      const ask = async (signal: AbortSignal) => {
        const response = await fetch(url, {
          method: 'POST',
          signal,
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ identifier, password, accountId, currency, balance: cash, past }),
        });
        if (!response.ok)
          throw new AppError(response.status < 500 ? 'broker.refused' : 'broker.unavailable', {
            detail: `the simulator answered ${response.status} to a new login`,
          });
        return Answer.parse(await response.json());
      };
      try {
        return await within(clock, timeoutMs, ask);
      } catch (cause) {
        throw cause instanceof AppError
          ? cause
          : new AppError('broker.unavailable', { cause, detail: 'the simulator could not make a login' });
      }
    },
  } satisfies SimulatedBroker;
}
