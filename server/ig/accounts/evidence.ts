// What the broker lists, as evidence: confirms, positions, activity and funds of an account, in our words. Reads only; what they prove is decided in modules/trading.
import type { Clock } from '../../lib/clock.ts';
import type { Evidence } from '../../modules/trading/ports.ts';
import type { AccountClients } from './clients.ts';
import { oddShape } from '../rest/door.ts';
import { toActivity, toConfirm, toFunds, toPosition } from './translate.ts';

/** No zone is further from UTC; `from` is read in one that IG does not name, so the question reaches back that much further. */
const anyOffsetMs = 14 * 3_600_000;

export function createEvidence({ clients, clock }: { clients: AccountClients; clock: Clock }): Evidence {
  return {
    async confirm(account, dealReference) {
      const confirm = await (await clients.of(account)).confirm(dealReference);
      return confirm && readable('GET /confirms/{dealReference} v1', () => toConfirm(confirm));
    },
    async positions(account) {
      const client = await clients.of(account);
      const rows = await client.positions();
      const offset = await client.timezoneOffsetMinutes();
      return readable('GET /positions v2', () => rows.map((row) => toPosition(row, offset)));
    },
    async activity(account, since) {
      const client = await clients.of(account);
      const rows = await client.activity(new Date(since.getTime() - anyOffsetMs).toISOString().slice(0, 19));
      const offset = await client.timezoneOffsetMinutes();
      return rows.map((row) => toActivity(row, offset, clock.now()));
    },
    async funds(account) {
      const row = await (await clients.of(account)).account();
      return readable('GET /accounts v1', () => toFunds(row, clock.now()));
    },
  };
}

/** What cannot be read is no evidence: broker.unavailable. */
function readable<T>(endpoint: string, translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    throw oddShape(endpoint, error);
  }
}
