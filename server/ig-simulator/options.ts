// What a simulator is made from and what it can be told: the types of its door, which its parts may know too. No behaviour.
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Allowances } from './access/allowances.ts';
import type { FaultSetting } from './faults/settings.ts';
import type { Faults } from './faults/faults.ts';
import type { SimulatorLogin } from './access/logins.ts';
import type { Past } from './desk/past.ts';
import type { ReplayControl, ReplayOptions, ReplayState } from './market/replay.ts';
import type { SavedState } from './books/saved-state.ts';
import type { AccountSnapshot } from './books/snapshot.ts';

export type { ReplayOptions } from './market/replay.ts';
export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  seed: string;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Turns the routes below /simulator on. */
  adminToken?: string;
  logins: SimulatorLogin[];
  replay?: ReplayOptions;
  /** Keep IG's opening hours; otherwise every market is always open. */
  realHours?: boolean;
  allowances?: Allowances;
  /** Where logins, accounts and deals are journalled, for one simulator at a time; without it they end with the process. */
  dataDir?: string;
  /** A `SavedState` to begin from, of the same seed; the data folder must be empty or hold just that. */
  begin?: unknown;
  /** Range of the time from a deal to its confirm; default: none, as most clients ask once. */
  confirmDelayMs?: readonly [least: number, most: number];
  /** Whether streams of TLCP 2.5 and later are taken, which SDKs from 9 on speak (default), or refused with CONERR 65, as IG did in 2025. */
  tlcp25?: 'accept' | 'refuse';
  faults?: readonly FaultSetting[];
  /** The journal cannot be written. The simulator has fallen silent; default: the error is thrown where nothing catches it, which ends the process. */
  onFatal?(error: unknown): void;
}
export interface SimulatorStats {
  logins: number;
  streams: number;
  items: number;
  replay: ReplayState['epics'];
}
export interface Simulator {
  /** What an IG client takes as its base address, ending in /gateway/deal. */
  baseUrl: string;
  port: number;
  stop(): Promise<void>;
  /**
   * Adds a login, journalled with its account; what is not named is made up. Repeating one with its password returns it. `past`: what its
   * first account has dealt since then, unless that is there already.
   */
  createLogin(
    wanted?: Partial<SimulatorLogin> & { past?: Past },
  ): Promise<{ apiKey: string; identifier: string; password: string; accountId: string }>;
  /** Replaces all faults; none: nothing goes wrong. Throws ZodError, which says what to change. */
  setFaults: Faults['set'];
  /** The faults set and how often each has struck. */
  faults: Faults['list'];
  /** As `setFaults`, of one named group: those of others stay. */
  setFaultsOf: Faults['setOf'];
  faultsOf: Faults['listOf'];
  /** All that is booked, as a document that another simulator may begin from. */
  save(): SavedState;
  /** What was booked and is on the disk, counted from the engine's decisions; `n` journal entries. */
  snapshot(accountId?: string): { n: number; accounts: Record<string, AccountSnapshot> };
  allowances(): Allowances;
  /** Other allowances from now on. */
  grantAllowances(allowances: Allowances): void;
  /** Pauses, steps and paces what is replayed. */
  replay: ReplayControl;
  stats(): SimulatorStats;
}
