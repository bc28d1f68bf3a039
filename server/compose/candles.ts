// Candles: recorded in the gateway, bought and kept by the worker, shown by the API.
import type { Config } from '../config.ts';
import { createIgCandleHistory, createLoginPrices } from '../ig/index.ts';
import type { Jobs } from '../jobs/index.ts';
import {
  composeCandles as composeModule,
  composePastCandles as composeModulePastCandles,
  composeRecorder as composeModuleRecorder,
  defineCandleJobs,
  type CandleRetention,
} from '../modules/market-data/index.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import { createStandingInterest } from '../realtime/standing-interest.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';

const historyOf = ({ clients, accounts, accountClients }: Brokers) => {
  const pricesOf = createLoginPrices(accountClients);
  return createIgCandleHistory({
    clients,
    async loginFeed(feed) {
      const account = await accounts.ofFeed(feed);
      return account && pricesOf(account);
    },
  });
};
/** Of the hours days are made of nothing is ever dropped. */
export const retentionOf = ({ candleDays: { second, minute } }: Config): CandleRetention => ({
  SECOND: second,
  MINUTE: minute,
  HOUR: null,
});
const partsOf = ({ logger, ...ground }: Ground) => ({ ...ground, logger: logger.child({ part: 'candles' }) });

/** What sees raw ticks and makes candles of them. */
export function composeRecorder(ground: Ground): PriceTap {
  const recorder = composeModuleRecorder(partsOf(ground));
  ground.lifecycle.onClose('candles', () => recorder.close());
  return recorder;
}

/** Candles of times that nobody here has seen. */
export const composePastCandles = (
  ground: Ground,
  { brokers, config }: { brokers: Brokers; config: Config },
) =>
  composeModulePastCandles({
    ...partsOf(ground),
    history: historyOf(brokers),
    retention: retentionOf(config),
  });

/** Defines jobs: before they are started. */
export function composeCandleJobs(
  ground: Ground,
  { brokers, config, jobs }: { brokers: Brokers; config: Config; jobs: Jobs },
): void {
  defineCandleJobs({
    ...partsOf(ground),
    history: historyOf(brokers),
    retention: retentionOf(config),
    jobs,
  });
}

/** What the API shows. */
export function composeCandles(ground: Ground, { brokers, config }: { brokers: Brokers; config: Config }) {
  const { lifecycle, bus, clock, ids } = ground;
  const interest = createStandingInterest({ bus, clock, source: ids.next('candles'), class: 'watchers' });
  lifecycle.onClose('interest of candles', () => interest.close());
  const candles = composeModule({
    ...partsOf(ground),
    history: historyOf(brokers),
    retention: retentionOf(config),
    interest,
  });
  lifecycle.onClose('candle news', () => candles.close());
  return candles.service;
}
