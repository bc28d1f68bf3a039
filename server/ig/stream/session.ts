// One stream to IG that stays up: connects, watches, reconnects with its own back-off. What is subscribed on it is in prices/items.ts and accounts/items.ts.
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createPace } from '../../lib/pace.ts';
import { backoffMs } from '../../lib/retry.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { watchClock } from '../clock-watch.ts';
import type { StreamTokens } from '../rest/stream-tokens.ts';
import { connectionProblem } from './refusals.ts';
import type { LoadSdk, SdkClient, StreamSdk } from './sdk.ts';

/** From `connect()` to streaming; the SDK itself never gives up in some states (reference: Lightstreamer, transports). */
const connectTimeoutMs = 10_000;
const reconnect = { firstMs: 250, maxMs: 5_000 };
/** After a refusal that trying again soon cannot cure: wrong adapter set, client or protocol version not supported. */
const alarm = { firstMs: 60_000, maxMs: 600_000 };
const hopeless = new Set([2, 60, 65, 71]);
const badCredentials = 1;
/** A connection that lasted this long starts the back-off anew. */
const stableMs = 5_000;
const freshTokensEvery = 10;
/** Between the status DISCONNECTED and the error that explains it. */
const endedGraceMs = 50;

interface StreamSession {
  /** Connects, and connects again after every loss, until `close`. */
  start(): void;
  /** Drops the connection and makes a new one at once, as after a loss; with `fresh` tokens also the next time it is started. */
  restart(reason: string, options?: { fresh: boolean }): void;
  close(): void;
}

/** A live connection: what subscriptions are made on. */
export interface StreamConnection {
  sdk: StreamSdk;
  client: SdkClient;
  accountId: string;
}

interface StreamSessionDeps {
  /** Fetches what opens the stream: called for the first connection, after IG refused the tokens, and when fresh ones are wanted. */
  fetchTokens: () => Promise<StreamTokens>;
  loadSdk: LoadSdk;
  clock: Clock;
  logger: Logger;
  onUp: (connection: StreamConnection) => void;
  /** Called once for each `onUp`, and once for each attempt that failed. */
  onDown: (reason: string) => void;
}

/**
 * Each connection is a client of its own: the SDK's client never leaves some states, keeps a list of transports it has given up,
 * and delivers updates after its end. The number of the attempt tells late callbacks from present ones.
 */
export function createStreamSession({
  fetchTokens,
  loadSdk,
  clock,
  logger,
  onUp,
  onDown,
}: StreamSessionDeps): StreamSession {
  const opening = createTrouble(logger, 'the stream cannot be opened', 'the stream is open again');
  const refusing = createTrouble(
    logger,
    'IG refuses this streaming client',
    'IG takes this streaming client again',
  );
  const ending = createTrouble(logger, 'IG ended the stream', 'the stream holds again');
  let attempt = 0;
  let failures = 0;
  const refusals = createPace(clock, alarm);
  let running = false;
  let client: SdkClient | undefined;
  let tokens: StreamTokens | undefined;
  let cancelTimer: () => void = () => undefined;
  let stopWatching: () => void = () => undefined;

  /** Listeners must not throw: the SDK swallows it without a word. */
  const guarded = (mine: number, run: () => void) => {
    if (mine !== attempt || !running) return;
    try {
      run();
    } catch (err) {
      logger.error({ err }, 'a stream listener failed');
    }
  };
  function drop() {
    cancelTimer();
    attempt++;
    const old = client;
    client = undefined;
    old?.disconnect();
  }
  function lost(reason: string, waitMs = backoffMs(failures, reconnect)) {
    drop();
    // The endpoint may have moved, or an answer been lost.
    if (++failures % freshTokensEvery === 0) tokens = undefined;
    onDown(reason);
    cancelTimer = clock.after(waitMs, () => void connect());
  }

  async function connect(): Promise<void> {
    const mine = ++attempt;
    try {
      const sdk = await loadSdk();
      const opened = (tokens ??= await fetchTokens());
      guarded(mine, () => open(mine, sdk, opened));
    } catch (err) {
      guarded(mine, () => {
        opening.failed(err);
        lost(err instanceof Error ? err.message : 'no stream tokens');
      });
    }
  }
  function open(mine: number, sdk: StreamSdk, { endpoint, accountId, cst, securityToken }: StreamTokens) {
    const sdkClient = sdk.createClient(endpoint);
    client = sdkClient;
    let up = false;
    let refusal: { code: number; message: string } | undefined;
    sdkClient.connectionDetails.setUser(accountId);
    sdkClient.connectionDetails.setPassword(`CST-${cst}|XST-${securityToken}`);
    sdkClient.connectionOptions.setForcedTransport('WS-STREAMING');
    // A recovered session would save nothing: prices are latest-wins and come again as snapshots.
    sdkClient.connectionOptions.setSessionRecoveryTimeout(0);
    sdkClient.addListener({
      onStatusChange: (status) =>
        guarded(mine, () => {
          if (status === 'CONNECTED:WS-STREAMING' && !up) {
            up = true;
            opening.worked();
            cancelTimer();
            cancelTimer = clock.after(stableMs, () => {
              failures = 0;
              refusing.worked();
              ending.worked();
              refusals.worked();
            });
            onUp({ sdk, client: sdkClient, accountId });
          } else if (status === 'DISCONNECTED:WILL-RETRY' || status === 'DISCONNECTED:TRYING-RECOVERY')
            lost('the connection was lost');
          // The server's error comes after this status, in the same turn or the next: leave it time to arrive.
          else if (status === 'DISCONNECTED')
            cancelTimer = replaceTimer(() => guarded(mine, () => ended(refusal)));
        }),
      onServerError: (code, message) =>
        guarded(mine, () => {
          refusal = { code, message };
          cancelTimer = replaceTimer(() => guarded(mine, () => ended(refusal)));
        }),
    });
    cancelTimer = clock.after(connectTimeoutMs, () =>
      guarded(mine, () => lost(`no stream within ${connectTimeoutMs} ms`)),
    );
    sdkClient.connect();
  }
  function replaceTimer(run: () => void) {
    cancelTimer();
    return clock.after(endedGraceMs, run);
  }
  function ended(refusal: { code: number; message: string } | undefined) {
    if (!refusal) return lost('the stream ended');
    const { code, message } = refusal;
    if (code === badCredentials) tokens = undefined;
    if (hopeless.has(code)) {
      refusing.failed(new Error(`${code} ${message}`));
      return lost(connectionProblem(code), refusals.failed());
    }
    ending.failed(new Error(`${code} ${message}`));
    lost(connectionProblem(code));
  }
  return {
    start() {
      if (running) return;
      running = true;
      // The SDK waits by the clock: until that gets there again it would send nothing and notice nothing.
      stopWatching = watchClock(clock, (byMs) => {
        logger.warn({ byMs: Math.round(byMs) }, 'the clock was set back: the stream is opened anew');
        lost('the clock was set back', 0);
      });
      void connect();
    },
    restart(reason, { fresh } = { fresh: false }) {
      if (fresh) tokens = undefined;
      if (running) lost(reason, 0);
    },
    close() {
      running = false;
      stopWatching();
      drop();
    },
  };
}
