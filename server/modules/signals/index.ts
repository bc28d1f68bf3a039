// The door of signals: alert services that can only send a JSON body have something dealt, within bounds that their owner sets.
import type { Database } from '../../db/client.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Notify } from '../notifications/index.ts';
import { createSignalNews } from './news.ts';
import type { AccountOf, RequireFresh, SignalDealing } from './ports.ts';
import { createReceiveSignals } from './receive.ts';
import { signalsRest } from './rest.ts';
import { createSignalsRouter } from './router.ts';
import { createSignalService } from './service.ts';
import { createSignalStore } from './store.ts';

export const signalsFace = {
  about: 'Signals of alert services that can only send a body, and within which bounds they deal.',
  createRouter: createSignalsRouter,
  rest: signalsRest,
};

export interface SignalsModuleDeps {
  database: Database;
  dealing: SignalDealing;
  accountOf: AccountOf;
  requireFresh: RequireFresh;
  notify: Notify;
  /** After a commit in which somebody was told something. */
  wake: (userId: string) => void;
  /** How long whoever sends a signal is kept waiting for a verdict. */
  waitMs?: number;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}
export type SignalsModule = ReturnType<typeof createSignalsModule>;

export function createSignalsModule(deps: SignalsModuleDeps) {
  const { db } = deps.database;
  const parts = {
    ...deps,
    store: createSignalStore(db),
    transaction: <T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(db, work),
  };
  const news = createSignalNews(parts);
  return {
    router: createSignalsRouter({
      signals: createSignalService(parts),
      receive: createReceiveSignals({ ...parts, news }),
    }),
    /** Tells owners of signals whose process died before they were dealt; a job. */
    tellLost: news.tellLost,
  };
}
