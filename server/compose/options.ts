// What a process asks of compose, and what it gets. Nothing is built here.
import type { Wanted } from '../api/listen.ts';
import type { Config } from '../config.ts';
import type { Simulator } from '../ig-simulator/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import type { PriceInterest, PriceTap } from '../modules/market-data/ports.ts';
import type { MarketOptions, Secrets } from './given.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

export type Role = 'simulator' | 'gateway' | 'worker' | 'api';

/** What the gateway role lends to a tap: rows, events with their wake-ups, notifications, jobs, and interest in epics that lasts. */
export type TapParts = Ground & Writers & { interest: PriceInterest };

export interface ComposeOptions {
  config: Config;
  roles: readonly Role[];
  databaseUrl: string;
  secrets: Secrets;
  version: string;
  lifecycle: Lifecycle;
  logger: Logger;
  clock?: Clock;
  simulator?: MarketOptions;
  /** Gives the demo login a past at the simulator of this process, where nobody has used the installation yet. */
  seedsDemo?: boolean;
  /** Where a process without the API role answers probes; left out: nowhere. */
  probes?: Wanted;
  /** Makes what sees raw ticks in the gateway role; called once, before the jobs are started. Names the jobs that it enqueues (`jobs.queue`). */
  taps?: (parts: TapParts) => readonly PriceTap[];
  /** Defines the jobs that the taps of any process enqueue, in the worker role; called once, before the jobs are started. */
  tapJobs?: (parts: Ground & Writers) => void;
}

export interface Running {
  /** Where the API listens; undefined without that role. */
  url: string | undefined;
  /** Every address at which it answers, `url` first. */
  urls: readonly string[];
  /** Where probes and metrics are, of a process without the API role. */
  probesUrl: string | undefined;
  simulator: Simulator | undefined;
  demoLogin: { email: string; password: string } | null;
  /** Whether that login was given a past by this start. */
  demoSeeded: boolean;
  /** Whether somebody can sign in as one; false without the API role. */
  hasAdministrator: boolean;
  /** Resolves when every part is ready and, with the API role, the default feed is up, or after `withinMs`; gives what is not well by then, a line each. */
  settled(withinMs: number): Promise<string[]>;
}
