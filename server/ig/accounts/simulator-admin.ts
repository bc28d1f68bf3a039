// Simulated logins and faults over the simulator's admin route: the only caller of a route that IG does not have.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/within.ts';
import { simulatedFault, type SimulatedFaultName } from '../../../shared/simulated-faults.ts';
import type { FaultState, NewSimulatedLogin, SimulatedBroker } from '../../modules/accounts/ports.ts';
import { settingsOf } from './simulator-faults.ts';

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

const FaultAnswers = z.array(z.object({ name: z.string(), count: z.number().optional(), hits: z.number() }));

export type SimulatorAdmin = ReturnType<typeof createSimulatedBroker>;
/**
 * `baseUrl` is the simulator's, ending in `/gateway/deal`; the route answers a
 * known identifier only to who brings its password, so the password follows from the identifier and the admin token: whoever has that
 * token may make logins anyway.
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
  /** One request of the route below `/simulator`. `what`: for the log, should it fail. Throws broker.refused, broker.unavailable. */
  async function ask<Schema extends z.ZodType>(
    schema: Schema,
    what: string,
    { path, method, body }: { path: string; method?: 'POST' | 'PUT'; body?: unknown },
  ): Promise<z.output<Schema>> {
    try {
      return await within(clock, timeoutMs, async (signal) => {
        const response = await fetch(new URL(`/simulator/${path}`, baseUrl), {
          ...(method && { method }),
          signal,
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        if (!response.ok)
          throw new AppError(response.status < 500 ? 'broker.refused' : 'broker.unavailable', {
            detail: `the simulator answered ${response.status} to ${what}`,
          });
        return schema.parse(await response.json());
      });
    } catch (cause) {
      throw cause instanceof AppError
        ? cause
        : new AppError('broker.unavailable', { cause, detail: `the simulator did not take ${what}` });
    }
  }
  /** Those of one account are another's no business; those that strike all are the same whoever set them. */
  const groupOf = (fault: SimulatedFaultName, accountId: string) =>
    `faults/${simulatedFault(fault).strikes === 'account' ? accountId : 'everybody'}.${fault}`;
  return {
    /** A `past` is that of an account that is new; one that exists keeps its own. */
    createLogin(
      { identifier, accountId, currency, cash }: NewSimulatedLogin,
      past?: WrittenPast,
    ): ReturnType<SimulatedBroker['createLogin']> {
      const password = createHmac('sha256', token).update(`login ${identifier}`).digest('base64url');
      const wanted = { identifier, password, accountId, currency, balance: cash, past };
      return ask(Answer, 'a new login', { method: 'POST', path: 'logins', body: wanted });
    },
    async faultState(fault: SimulatedFaultName, accountId: string): Promise<FaultState> {
      const set = await ask(FaultAnswers, 'a question for its faults', { path: groupOf(fault, accountId) });
      const [first] = set;
      const hits = first?.hits ?? 0;
      const isOnce = first?.count !== undefined || fault === 'dropped_streams';
      return { armed: set.length > 0, spent: isOnce && hits > 0, hits };
    },
    async setFault(fault: SimulatedFaultName, accountId: string, on: boolean): Promise<void> {
      const settings = on ? settingsOf(fault, accountId) : [];
      await ask(FaultAnswers, 'a fault', { method: 'PUT', path: groupOf(fault, accountId), body: settings });
    },
  } satisfies SimulatedBroker;
}
