// Alerts in a chart: a press proposes one at its price, a line that was dragged is saved where it was dropped, and what the server refuses goes back.
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { Alert, AlertConditionInput, FTraderClient } from '../../../client/index.ts';
import type { AlertSeed } from './alert-form.tsx';
import { alertLines, movedTo, proposalKey, proposalLine, wayTo } from './alert-lines.ts';
import { alertWords, setWords } from './alert-words.ts';
import { useQuote } from './board.ts';
import type { ChartLine } from './chart-lines.ts';
import type { PriceBoard } from './prices.ts';
import { Problem, problemOf, type ProblemText } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { KnownAlerts } from './use-alerts.ts';

interface ChartAlertsOptions {
  api: FTraderClient['api'];
  epic: string;
  feed: string | undefined;
  alerts: KnownAlerts;
  board: PriceBoard;
  onSaid(said: string): void;
  /** Somebody wants to say more of the one that is proposed. */
  onMore(seed: AlertSeed): void;
}
export interface ChartAlerts {
  lines: readonly ChartLine[];
  /** The line that is to have the focus. */
  focused: string | undefined;
  /** A line of these was moved. */
  move(key: string, level: string): void;
  /** Proposes one at a level. */
  propose(level: string, by: 'press' | 'button'): void;
  /** What is asked, or was refused; undefined: nothing. */
  question: ReactNode;
  /** It needs no answer any more. */
  dismiss(): void;
}

export function useChartAlerts({
  api,
  epic,
  feed,
  alerts,
  board,
  onSaid,
  onMore,
}: ChartAlertsOptions): ChartAlerts {
  const [proposed, setProposed] = useState<{ level: string; by: 'press' | 'button' }>();
  const [moving, setMoving] = useState<ReadonlyMap<string, string>>(new Map());
  const [refused, setRefused] = useState<{ alert: Alert; problem: ProblemText }>();
  const { known, take } = alerts;
  const lines = useMemo(
    () => [...alertLines(known?.live ?? [], moving), ...(proposed ? [proposalLine(proposed.level)] : [])],
    [known, moving, proposed],
  );
  const dismiss = useCallback(() => {
    setProposed(undefined);
    setRefused(undefined);
  }, []);
  // Whoever asked by a button goes on there.
  const opener = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!proposed && document.activeElement === document.body) opener.current?.focus({ preventScroll: true });
  }, [proposed]);
  async function save(alert: Alert, level: string) {
    const stands = (is: boolean) =>
      setMoving((before) => {
        const next = new Map(before);
        if (is) next.set(alert.id, level);
        else next.delete(alert.id);
        return next;
      });
    setRefused(undefined);
    onSaid('');
    stands(true);
    try {
      const condition = movedTo(alert, level, board.quote(epic)?.tick);
      const set = await api.notifications.updateAlert.mutate({ id: alert.id, condition });
      take(set);
      onSaid(setWords(set, `Moved: ${alertWords(set.condition)}.`));
    } catch (error) {
      setRefused({ alert, problem: problemOf(error) });
    }
    stands(false);
  }
  return {
    lines,
    focused: proposed?.by === 'button' ? proposalKey : undefined,
    move(key, level) {
      if (key === proposalKey) return setProposed({ level, by: 'press' });
      const alert = known?.live.find(({ id }) => id === key);
      if (alert) void save(alert, level);
    },
    propose(level, by) {
      const { activeElement } = document;
      opener.current = by === 'button' && activeElement instanceof HTMLElement ? activeElement : null;
      setRefused(undefined);
      onSaid('');
      setProposed({ level, by });
    },
    dismiss,
    question: proposed ? (
      <Proposal
        {...{ api, epic, feed, board, onMore }}
        level={proposed.level}
        isMeant={proposed.by === 'press'}
        onSet={(set) => {
          dismiss();
          take(set);
          onSaid(setWords(set));
        }}
        onCancel={dismiss}
      />
    ) : (
      refused && (
        <div className="chart-draft" role="group" aria-label="The alert was not moved">
          <p>The alert stays: {alertWords(refused.alert.condition)}.</p>
          <Problem problem={refused.problem} />
          <span className="actions">
            <button type="button" onClick={dismiss}>
              Close
            </button>
          </span>
        </div>
      )
    ),
  };
}

interface ProposalProps extends Pick<ChartAlertsOptions, 'api' | 'epic' | 'feed' | 'board' | 'onMore'> {
  level: string;
  /** The level was chosen: what is left is to say yes. */
  isMeant: boolean;
  onSet(set: Awaited<ReturnType<FTraderClient['api']['notifications']['createAlert']['mutate']>>): void;
  onCancel(): void;
}
function Proposal({ api, epic, feed, board, level, isMeant, onMore, onSet, onCancel }: ProposalProps) {
  const { busy, problem, run } = useAction();
  const set = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isMeant) set.current?.focus({ preventScroll: true });
  }, [isMeant, level]);
  const direction = wayTo(level, 'bid', useQuote(board, epic)?.tick);
  const condition = {
    kind: 'price' as const,
    epic,
    ...(feed !== undefined && { feed }),
    side: 'bid' as const,
    direction,
    level,
  } satisfies AlertConditionInput;
  return (
    <div className="chart-draft" role="group" aria-label={`New alert at ${level}`} aria-busy={busy}>
      <p>
        Alert when the bid {direction === 'up' ? 'rises' : 'falls'} to <b>{level}</b>
      </p>
      {problem && <Problem problem={problem} />}
      <span className="actions">
        <button
          type="button"
          className="primary"
          ref={set}
          aria-disabled={busy}
          onClick={() => void run(() => api.notifications.createAlert.mutate({ condition }), onSet)}
        >
          Set
        </button>
        <button
          type="button"
          onClick={() => {
            onCancel();
            onMore({ level, direction });
          }}
        >
          More…
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </span>
    </div>
  );
}
