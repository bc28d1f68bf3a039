// Every bound and delay of the gateway in one table; tests lower some of them. REST has its own beside the code that uses them.

export const defaultGatewayLimits = {
  /** A standby tries at the moment of expiry, so that it takes over within 3 s of a `kill -9` with half a second to connect. */
  leaseTtlMs: 2_500,
  leaseRenewMs: 1_000,
  /** Whoever waits for a lease that PostgreSQL cannot be asked for asks ever more rarely, up to this. */
  leaseRetryMaxMs: 5_000,
  /** Sources repeat their interest every 2 s. */
  interestLapseMs: 6_000,
  /** An epic nobody watches any more is still streamed for so long, so that a page reload does not resubscribe it. */
  interestLingerMs: 5_000,
  /** Processes that may show interest; beyond, further ones are ignored. */
  maxSources: 1_000,
  maxEpicsPerSource: 5_000,
  /** IG allows 40 items a connection; TRADE and ACCOUNT take two. */
  maxStreamedEpics: 38,
  /** Epics named to those who watch them as not streamed, with every heartbeat: some 10 kB. Beyond, only how many are is said. */
  maxNamedMissing: 500,
  /** A refused epic is tried again while it is wanted, ever more rarely: markets come back, and a refusal can be a passing fault. */
  retryRefusedMs: 60_000,
  retryRefusedMaxMs: 900_000,
  /** Refusals remembered; the oldest go first. */
  maxRefusals: 1_000,
  beatMs: 1_000,
  /** Ticks of a feed that wait for one tap, some 400 bytes each; beyond, the oldest are dropped and the tap is told how many. */
  maxWaitingTicks: 10_000,
  maxTicksPerCall: 500,
  /** How long a stop waits for a tap that is busy. */
  tapCloseTimeoutMs: 3_000,
  /** Margin and running profit of an account are passed on so often, while they move. */
  figuresEveryMs: 2_000,
  /** A connection that carries nothing for so long while a market is open is asked whether it lives, by subscribing anew… */
  muteAfterMs: 10_000,
  /** …and given up when it does not answer: found within 15 s in all. */
  muteAnswerMs: 4_000,
  /** One that stays mute on every new connection is left for longer each time, up to this. */
  muteMaxMs: 300_000,
  /** A market that is silent for so many of its own median gaps… */
  silentGaps: 5,
  /** …but no sooner and no later than this is asked about over REST, all of a feed in one call… */
  silentLeastMs: 15_000,
  silentMostMs: 120_000,
  /** …and, while the broker has another price than its item told, again and again; where it does not answer, ever more rarely. */
  bridgeEveryMs: 15_000,
  bridgeMaxMs: 300_000,
  /** Accounts streamed or competed for by one process: each costs a connection and some 0.2 MiB. */
  maxAccounts: 500,
  /** Feeds of accounts' own logins that one process streams or competes for, each while somebody watches it. */
  maxLoginFeeds: 500,
  /** How soon one that nobody watches any more is let go. */
  lookAtLoginFeedsMs: 5_000,
  /** A stream that is back within this time was no trouble of its account… */
  streamGraceMs: 5_000,
  /** (a first connection under a new lease takes longer, on a machine that has just started)… */
  firstStreamGraceMs: 15_000,
  /** …nor is one question that the broker left unanswered, for so long… */
  probeTimeoutMs: 5_000,
  unansweredProbes: 2,
  /** …and it is asked again after this, growing, while it does not answer; */
  probeFirstMs: 1_000,
  probeMaxMs: 5_000,
  /** while it answers without a stream, or lets nobody in, each costs some of an allowance. */
  probeAnsweredMs: 15_000,
  /** so it is while all is well: a key that is disabled ends no stream. */
  probeEveryMs: 60_000,
  /** A wake-up that got lost is made up for by looking so often. */
  lookForAccountsMs: 30_000,
  /** Events of one account that wait for the bus; beyond, they are replaced by the order to read everything. */
  maxWaitingEvents: 1_000,
  /** Events of an account that are sent as one message, and so applied in one transaction that holds it. */
  maxEventsPerMessage: 8,
  /** Failures of a send before that, some 20 s; as many again of that order, and it counts as overdue. */
  maxSendAttempts: 8,
  sendRetryFirstMs: 200,
  sendRetryMaxMs: 5_000,
  /** After IG refused the account's own items, growing while it does. */
  retryItemsMs: 5_000,
  retryItemsMaxMs: 300_000,
};
export type GatewayLimits = typeof defaultGatewayLimits;
