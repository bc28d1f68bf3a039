// Which streamed markets have been silent for suspiciously long: by their own pace, as DESIGN says. What is asked and told about it is in runner.ts.
import type { Clock } from '../../lib/clock.ts';
import type { GatewayLimits } from '../limits.ts';

interface Pace {
  updatedMs: number;
  /** The last gaps between updates, in no order: each takes the place of the oldest. */
  gaps: number[];
  updates: number;
  /** Since when its silence counts. */
  fromMs: number;
  /** How often in a row it was asked about without news. */
  quiet: number;
}

/** Gaps that tell a pace; with fewer the longest silence counts. */
const keptGaps = 20;
const leastGaps = 5;

export type SilenceLimits = Pick<GatewayLimits, 'silentGaps' | 'silentLeastMs' | 'silentMostMs'>;

export function createSilence({ clock, limits }: { clock: Clock; limits: SilenceLimits }) {
  const paces = new Map<string, Pace>();
  const allowedMs = ({ gaps, quiet }: Pace) => {
    const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
    const own = gaps.length < leastGaps ? limits.silentMostMs : limits.silentGaps * median;
    return Math.min(limits.silentMostMs, Math.max(limits.silentLeastMs, own) * 2 ** quiet);
  };
  return {
    /** An update came: what it costs, every tick costs. */
    heard(epic: string): void {
      const nowMs = clock.monotonicMs();
      const pace = paces.get(epic);
      if (!pace)
        return void paces.set(epic, { updatedMs: nowMs, gaps: [], updates: 0, fromMs: nowMs, quiet: 0 });
      pace.gaps[pace.updates++ % keptGaps] = nowMs - pace.updatedMs;
      pace.updatedMs = pace.fromMs = nowMs;
      pace.quiet = 0;
    },
    /** The broker has no newer price either: it is left alone for twice as long. */
    isQuiet(epic: string): void {
      const pace = paces.get(epic);
      if (!pace) return;
      pace.quiet++;
      pace.fromMs = clock.monotonicMs();
    },
    forget: (epic: string): void => void paces.delete(epic),
    /** The connection is a new one: what was silent meanwhile was not its fault. */
    begin(): void {
      const nowMs = clock.monotonicMs();
      for (const pace of paces.values()) pace.updatedMs = pace.fromMs = nowMs;
    },
    /** Those to be asked about now. */
    due: (): string[] => {
      const nowMs = clock.monotonicMs();
      return [...paces]
        .filter(([, pace]) => nowMs - pace.fromMs >= limits.silentLeastMs)
        .filter(([, pace]) => nowMs - pace.fromMs >= allowedMs(pace))
        .map(([epic]) => epic);
    },
    /** When the last update of a market came. */
    heardAtMs: (epic: string): number | undefined => paces.get(epic)?.updatedMs,
  };
}
export type Silence = ReturnType<typeof createSilence>;
