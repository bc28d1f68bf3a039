// What the broker lists, as evidence: confirms, positions, orders, histories and funds of an account, in our words. Reads only; what they prove is decided in modules/trading.
import type { Clock } from '../../lib/clock.ts';
import type { Evidence } from '../../modules/trading/ports.ts';
import type { AccountClients } from './clients.ts';
import { oddShape } from '../rest/door.ts';
import { toActivityRecord, toTransaction } from './history.ts';
import { toActivity, toConfirm, toFunds, toOrder, toPosition } from './translate.ts';

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
    async orders(account) {
      const client = await clients.of(account);
      const rows = await client.orders();
      const offset = await client.timezoneOffsetMinutes();
      return readable('GET /workingorders v2', () => rows.map((row) => toOrder(row, offset)));
    },
    async activity(account, since) {
      const client = await clients.of(account);
      const rows = await client.activity(asFrom(since));
      const offset = await client.timezoneOffsetMinutes();
      return rows.map((row) => toActivity(row, offset, clock.now()));
    },
    async history(account, since) {
      const client = await clients.of(account);
      const rows = await client.activity(asFrom(since), 'user');
      const offset = await client.timezoneOffsetMinutes();
      return rows.map((row) => toActivityRecord(row, offset, clock.now()));
    },
    async transactions(account, since) {
      const rows = await (await clients.of(account)).transactions(asFrom(since));
      return readable('GET /history/transactions v2', () => rows.map(toTransaction));
    },
    async funds(account, { forDeal } = {}) {
      const client = await clients.of(account);
      // As of when it was asked: what the stream tells while the answer is on its way is newer than what is in it.
      const askedAt = clock.now();
      const row = await client.account(forDeal ? 'deal' : 'reconcile');
      return readable('GET /accounts v1', () => toFunds(row, askedAt));
    },
  };
}

const asFrom = (since: Date): string => new Date(since.getTime() - anyOffsetMs).toISOString().slice(0, 19);
/** What cannot be read is no evidence: broker.unavailable. */
function readable<T>(endpoint: string, translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    throw oddShape(endpoint, error);
  }
}
