// Closing all, cancelling all, and both: the buttons, and what becomes of it while it runs and when it has ended.
import type { SagaKind } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { Problem } from './problem.tsx';
import { leftWords, legSentence, sagaSentence, sagaWords, shownLegs } from './saga-words.ts';
import type { EndingAll } from './use-saga.ts';

const kinds: readonly SagaKind[] = ['close_all', 'cancel_all', 'flatten'];
const isUnderWay = ({ state }: EndingAll) =>
  state !== undefined && !['ended', 'refused'].includes(state.stands);

export const EndAllButtons = ({ ending }: { ending: EndingAll }) => (
  <div className="end-all" role="group" aria-label="Everything at once">
    {kinds.map((kind) => (
      <ArmedButton
        key={kind}
        text={sagaWords[kind].text}
        sure={`Sure? ${sagaWords[kind].text}`}
        does={sagaWords[kind].does}
        disabled={isUnderWay(ending)}
        onPress={() => ending.begin(kind)}
      />
    ))}
  </div>
);

/** There may be thousands of positions and orders. */
const legsShown = 8;

export function EndAllProgress({ ending, nameOf }: { ending: EndingAll; nameOf(epic: string): string }) {
  const { state, repeat, dismiss } = ending;
  const outcome = state?.outcome;
  const legs = outcome ? shownLegs(outcome.legs, legsShown) : [];
  const status = state?.stands === 'ended' ? outcome?.status : state?.stands;
  return (
    <div className={`ending ${status ?? ''}`} data-testid="ending" data-status={status}>
      <p role="status">{state && sentence()}</p>
      {legs.length > 0 && (
        <ul aria-label="What became of each">
          {legs.map((leg) => (
            <li key={`${leg.kind} ${leg.dealId}`} className={leg.outcome} data-outcome={leg.outcome}>
              {legSentence(leg, nameOf)}
            </li>
          ))}
          {outcome && outcome.legs.length > legs.length && (
            <li>and {outcome.legs.length - legs.length} more</li>
          )}
        </ul>
      )}
      {outcome && outcome.left.length > 0 && (
        <>
          <p>
            <strong>Left at the broker:</strong>
          </p>
          <ul aria-label="Left at the broker">
            {outcome.left.slice(0, legsShown).map((each) => (
              <li key={each.dealId} className="refused">
                {leftWords(each, nameOf)}
              </li>
            ))}
            {outcome.left.length > legsShown && <li>and {outcome.left.length - legsShown} more</li>}
          </ul>
        </>
      )}
      {state?.problem && (state.stands !== 'doubtful' || outcome) && <Problem problem={state.problem} />}
      {state?.stands === 'doubtful' && (
        <div className="actions">
          <button type="button" onClick={repeat}>
            Ask again
          </button>
          <button type="button" onClick={dismiss}>
            Discard it
          </button>
        </div>
      )}
      {(status === 'done' || status === 'incomplete' || status === 'refused') && (
        <button type="button" className="plain" aria-label="Dismiss" onClick={dismiss}>
          ×
        </button>
      )}
    </div>
  );

  function sentence(): string {
    if (!state) return '';
    const { going, text } = sagaWords[state.asked.kind];
    if (outcome) return sagaSentence(outcome);
    if (state.stands === 'doubtful')
      return `“${text}” has no answer: it may or may not have arrived. Asking again is safe, nothing is done twice. Look at what is open before you discard it.`;
    return state.stands === 'refused' ? `“${text}” was not begun.` : `${going}…`;
  }
}
