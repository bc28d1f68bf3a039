// How the broker treats one account, as the process that holds its lease finds: its stream, and a question over REST where that is down or somebody had no answer.
import { again } from '../../lib/again.ts';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { TooLate, within } from '../../lib/within.ts';
import { brokerName } from '../../../shared/broker-words.ts';
import {
  healthAfter,
  type BrokerAccount,
  type FoundHealth,
  type ReportHealth,
} from '../../modules/accounts/ports.ts';
import type { GatewayLimits } from '../limits.ts';

interface HealthWatchDeps {
  account: BrokerAccount;
  /** One read of the account. Throws broker.* AppErrors. */
  ask: () => Promise<unknown>;
  report: ReportHealth;
  /** The lease's, while it is surely held. */
  epoch: () => number | undefined;
  /** The broker answers again, while the stream still waits for its next try. */
  onAnswers: () => void;
  clock: Clock;
  logger: Logger;
  limits: Pick<
    GatewayLimits,
    | 'streamGraceMs'
    | 'firstStreamGraceMs'
    | 'probeTimeoutMs'
    | 'unansweredProbes'
    | 'probeFirstMs'
    | 'probeMaxMs'
    | 'probeAnsweredMs'
    | 'probeEveryMs'
  >;
}
export type HealthWatch = ReturnType<typeof createHealthWatch>;

export function createHealthWatch({
  account,
  ask,
  report,
  epoch,
  onAnswers,
  clock,
  logger,
  limits,
}: HealthWatchDeps) {
  const silence: FoundHealth = {
    state: 'offline',
    message: `${brokerName(account.environment)} does not answer: it may be in maintenance, as at weekends. What is shown is what was stored; FTrader tries again by itself.`,
    brokerCode: null,
  };
  const writing = createTrouble(
    logger,
    'the health of an account could not be written',
    'the health of an account can be written again',
  );
  let watching = false;
  /** When the stream went down; undefined while it is up. */
  let downSinceMs: number | undefined = clock.monotonicMs();
  /** Something other than the stream says that the broker may not answer: only an answer of its says otherwise. */
  let suspected = false;
  /** It was not asked for long: a stream goes on for a login that is let in no more. */
  let isDue = false;
  let unanswered = 0;
  let attempts = 0;
  let told: FoundHealth | undefined;
  let graceMs = limits.firstStreamGraceMs;
  let news = new AbortController();

  /** The verdict, or undefined while there is none yet. */
  async function judge(): Promise<FoundHealth | undefined> {
    if (downSinceMs === undefined && !suspected && !isDue) return { state: 'up' };
    if (downSinceMs !== undefined && !suspected && downForMs() < graceMs) return undefined;
    try {
      await within(clock, limits.probeTimeoutMs, () => ask());
    } catch (error) {
      return verdictOn(error);
    }
    const wasSilent = unanswered > 0;
    [suspected, isDue] = [false, false];
    unanswered = 0;
    if (downSinceMs === undefined) return { state: 'up' };
    if (wasSilent) onAnswers();
    return downForMs() < graceMs ? undefined : streamDown(account);
  }
  function verdictOn(error: unknown): FoundHealth | undefined {
    [suspected, isDue] = [true, false];
    const found = error instanceof TooLate ? silence : error instanceof AppError && healthAfter(error);
    // An allowance that is used up, or a database of ours that is away, says nothing of the broker.
    if (!found) return undefined;
    if (found.state === 'offline') return ++unanswered < limits.unansweredProbes ? undefined : silence;
    unanswered = 0;
    return found;
  }
  const downForMs = () => (downSinceMs === undefined ? 0 : clock.monotonicMs() - downSinceMs);

  /** Tells a verdict; what is not up again and again, so that it counts as found. False: try again. */
  async function tell(found: FoundHealth): Promise<boolean> {
    if (found.state === 'up' && told?.state === 'up') return true;
    const under = epoch();
    if (under === undefined) return false;
    try {
      await report(account.id, found, { epoch: under });
      if (told?.state !== found.state) {
        attempts = 0;
        logger.info(found, 'how the broker treats the account');
      }
      told = found;
      writing.worked();
      return true;
    } catch (err) {
      writing.failed(err);
      return false;
    }
  }
  const waitMs = (found: FoundHealth | undefined): number => {
    if (!found && !suspected) return Math.max(1, graceMs - downForMs());
    const isAnswered = found?.state === 'degraded' || found?.state === 'read_only';
    return isAnswered
      ? jittered(limits.probeAnsweredMs)
      : backoffMs(attempts++, { firstMs: limits.probeFirstMs, maxMs: limits.probeMaxMs });
  };
  const watch = again(async () => {
    while (watching) {
      const { signal } = news;
      const found = await judge();
      // While it was asked the stream may have come up, or gone down.
      if (!watching || signal.aborted) continue;
      const isWell = found !== undefined && (await tell(found)) && found.state === 'up';
      await pause(clock, isWell ? jittered(limits.probeEveryMs) : waitMs(found), signal);
      isDue = isWell && !signal.aborted;
    }
  });
  function look() {
    news.abort();
    news = new AbortController();
    watch();
  }
  return {
    /** The lease is held from now on. */
    start() {
      watching = true;
      downSinceMs = clock.monotonicMs();
      [suspected, unanswered, attempts, told] = [false, 0, 0, undefined];
      graceMs = limits.firstStreamGraceMs;
      look();
    },
    streamUp() {
      downSinceMs = undefined;
      graceMs = limits.streamGraceMs;
      if (watching) look();
    },
    streamDown() {
      if (downSinceMs !== undefined) return; // another try that failed
      downSinceMs = clock.monotonicMs();
      if (watching) look();
    },
    /** Somebody had no answer, or something else was told of the account than this watch told: it is looked at now. */
    suspect() {
      if (!watching) return;
      told = undefined;
      // While it is asked already, the next question comes by itself.
      if (suspected) return;
      suspected = true;
      look();
    },
    found: () => (watching ? (told?.state ?? null) : null),
    async stop() {
      watching = false;
      news.abort();
      await watch.idle();
    },
  };
}

const jittered = (ms: number) => backoffMs(0, { firstMs: ms, maxMs: ms });
const streamDown = ({ environment }: BrokerAccount): FoundHealth => ({
  state: 'degraded',
  message: `${brokerName(environment)} answers, but its stream to this account is down: news of it comes late. FTrader connects again by itself.`,
  brokerCode: null,
});
