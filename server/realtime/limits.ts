// Every bound and delay of the live planes inside this process, in two tables; tests lower some of them.

export const defaultHubLimits = {
  maxSubscriptionsPerSocket: 50,
  /** Over all subscriptions of one socket. */
  maxEpicsPerSocket: 500,
  /** Feed and epic pairs in this process; far above the 40 items a broker login can stream. */
  maxWatchedEpics: 5_000,
  /** Bytes waiting in a socket from which on only the latest tick per epic is kept: some 200 ticks beyond the system's own buffer. */
  backlogBytes: 64 * 1024,
  /** A socket that takes nothing for so long is closed with 4490. Shorter than the keep-alive's patience, so that this code is the one seen. */
  stalledAfterMs: 15_000,
  /** Ticks a reader without a socket may leave unread before only the latest per epic is kept. */
  readerTicks: 256,
  /** Changes kept in order while the snapshot is incomplete; beyond, the snapshot moves on to the latest. */
  earlyTicks: 1_000,
  /** How long the first tick of every epic is waited for: the gateway's first answer for a new item took under 500 ms. */
  snapshotWaitMs: 1_000,
  /** How long `fallback` may take to supply the rest. */
  fallbackWaitMs: 5_000,
  /** An epic nobody watches any more stays bound for so long, so that a reconnect costs nothing. */
  interestLingerMs: 5_000,
  /** Interest lapses at the gateway after 6 s. */
  interestEveryMs: 2_000,
  /** Gateways send a heartbeat every second. */
  heartbeatTimeoutMs: 3_000,
  feedCheckEveryMs: 500,
  /** A feed without a watcher and without a message for so long is forgotten. */
  forgetFeedAfterMs: 600_000,
};
export type HubLimits = typeof defaultHubLimits;

/** The same for the money plane. */
export const defaultFollowLimits = {
  /** Events read at once, and so held for one reader: some 500 bytes each. */
  batch: 100,
  /** Every head that is followed here is looked at so often: how late an event may be whose wake-up was lost. */
  lookEveryMs: 1_000,
  /** Streams per query of that look. */
  headsPerQuery: 2_000,
  heartbeatEveryMs: 10_000,
  /** Between two changes of the keys bound on the bus: many that come at once cost one. */
  bindEveryMs: 100,
  /** Bytes waiting in a socket from which on no further event is read for it; the price plane's bound, since they share the socket. */
  backlogBytes: defaultHubLimits.backlogBytes,
  /** How often a socket with more than that is looked at again. */
  drainCheckMs: 50,
  /** One that stays above it for so long is closed with 4490. */
  stalledAfterMs: defaultHubLimits.stalledAfterMs,
};
export type FollowLimits = typeof defaultFollowLimits;
