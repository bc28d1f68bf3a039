// What a process hands to compose as it is: secrets, and what its simulator is made of. Knows nothing that is built.
import type { ReplayOptions } from '../ig-simulator/index.ts';
import type { Clock } from '../lib/clock.ts';

export interface Secrets {
  secretKey: string;
  /** Former ones, the newest first: what they signed still counts. */
  formerSecretKeys?: readonly string[];
  /** `name:key` pairs, the newest first. */
  encryptionKeys: string[];
  /** Reads them again where they come from; without it they stay as they are for as long as the process runs. */
  readKeys?: () => readonly string[];
  simulatorAdminToken: string;
}

/** What the simulator's market is made of, and where its accounts and deals are kept. */
export interface MarketOptions {
  seed?: string;
  replay?: ReplayOptions;
  dataDir?: string;
  /** Its own clock; left out: that of the process. */
  clock?: Clock;
}
