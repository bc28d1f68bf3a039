// Markets whose item is silent while the broker has another price: found by asking over REST, told as stale with that price until the item speaks again.
import { again } from '../../lib/again.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createPace } from '../../lib/pace.ts';
import type { GatewayLimits } from '../limits.ts';
import type { MarketSnapshot } from './schemas.ts';
import { createSilence } from './silence.ts';
import { fromSnapshot, type TickFields } from './translate.ts';

export interface StaleWatchDeps {
  /** One batched read. Throws broker.* AppErrors. */
  readSnapshots: (epics: readonly string[]) => Promise<MarketSnapshot[]>;
  /** What the item last said of a market that is open; undefined: it is closed, or has said nothing. */
  lastOpen: (epic: string) => Pick<TickFields, 'bid' | 'offer'> | undefined;
  /** The broker's price, which the item has not told. */
  onStale: (epic: string, price: TickFields) => void;
  /** The item is put on the connection anew. */
  resubscribe: (epic: string) => void;
  clock: Clock;
  logger: Logger;
  limits: Pick<
    GatewayLimits,
    'silentGaps' | 'silentLeastMs' | 'silentMostMs' | 'bridgeEveryMs' | 'bridgeMaxMs'
  >;
}

export function createStaleWatch({
  readSnapshots,
  lastOpen,
  onStale,
  resubscribe,
  clock,
  logger,
  limits,
}: StaleWatchDeps) {
  const silence = createSilence({ clock, limits });
  /** Stale markets, and the price that was last told of each. */
  const stale = new Map<string, TickFields>();
  let askedMs = Number.NEGATIVE_INFINITY;
  /** A broker that does not answer is asked ever more rarely. */
  const pace = createPace(clock, { firstMs: limits.bridgeEveryMs, maxMs: limits.bridgeMaxMs });
  let pauseMs = limits.bridgeEveryMs;

  async function askOnce(): Promise<void> {
    const epics = [...new Set([...silence.due(), ...stale.keys()])].filter((epic) => lastOpen(epic));
    if (epics.length === 0 || clock.monotonicMs() - askedMs < pauseMs) return;
    askedMs = clock.monotonicMs();
    const snapshots = await readSnapshots(epics);
    pace.worked();
    pauseMs = limits.bridgeEveryMs;
    for (const { instrument, snapshot } of snapshots) judge(instrument.epic, snapshot);
  }
  function judge(epic: string, snapshot: MarketSnapshot['snapshot']) {
    const known = stale.get(epic) ?? lastOpen(epic);
    // It spoke while it was asked about.
    if (!known || (!stale.has(epic) && (silence.heardAtMs(epic) ?? 0) >= askedMs)) return;
    const price = fromSnapshot(snapshot);
    if (isSamePrice(known, price)) return void silence.isQuiet(epic);
    if (!stale.has(epic)) {
      logger.warn({ epic }, 'a market is silent while the broker has another price: subscribing it anew');
      resubscribe(epic);
    }
    stale.set(epic, price);
    onStale(epic, price);
  }
  const ask = again(() =>
    askOnce().catch((err: unknown) => {
      pauseMs = pace.failed();
      logger.debug({ err, nextInMs: pauseMs }, 'silent markets could not be asked about');
    }),
  );
  return {
    /** An update of an item. What a stale market says once more is no news of it. */
    heard(epic: string, isNews: boolean): void {
      if (!isNews && stale.has(epic)) return;
      silence.heard(epic);
      stale.delete(epic);
    },
    forget(epic: string): void {
      silence.forget(epic);
      stale.delete(epic);
    },
    /** The connection is a new one. */
    begin(): void {
      silence.begin();
    },
    /** Looks whether some market is to be asked about; now and then. */
    look: ask,
    idle: ask.idle,
  };
}

const isSameLevel = (a: string | null, b: string | null) =>
  a === null || b === null ? a === b : decimal.compare(a, b) === 0;
const isSamePrice = (a: Pick<TickFields, 'bid' | 'offer'>, b: Pick<TickFields, 'bid' | 'offer'>) =>
  isSameLevel(a.bid, b.bid) && isSameLevel(a.offer, b.offer);
