// A level that is changed where it stands: Enter sends what was typed, Escape takes it back. What became of it is said beneath it. One that
// was dragged in a chart is sent from here too, by a press.
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { decimal } from '../../../shared/decimal.ts';
import type { Deal, DealOutcome } from '../../../client/index.ts';
import { dealOutcome, isDecided } from './deal-words.ts';
import { useIntent } from './intent.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';

export interface LevelFieldProps {
  /** What it is, such as `Stop of EUR/USD`. */
  label: string;
  /** The same above the field, where a phone has no columns. */
  heading: string;
  /** What stands where there is none; a blank field takes the level away. Undefined: there has to be one. */
  none?: string;
  value: string | null;
  name: string;
  /** A change of the same position or order that is not decided, also one of elsewhere. */
  underWay: Deal | undefined;
  send(level: string | null, idempotencyKey: string): Promise<DealOutcome>;
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
  /** The field is there for one change, such as one that was dragged: it begins with `level`, has buttons, and is done with `onEnd`. */
  draft?: {
    level: string;
    /** It was sent: from now on it is not to be dropped for another one. */
    onSent(): void;
    onEnd(): void;
  };
}

const isSame = (one: string | null, two: string | null) =>
  one === null || two === null ? one === two : decimal.compare(one, two) === 0;

export function LevelField({
  label,
  heading,
  none,
  value,
  name,
  underWay,
  send,
  dealOf,
  hear,
  draft,
}: LevelFieldProps) {
  const [typed, setTyped] = useState(draft?.level);
  const [wrong, setWrong] = useState<string>();
  const intent = useIntent(({ level }: { level: string | null }, key) => send(level, key), hear);
  const note = useId();
  const deal = intent.outcome && (dealOf(intent.outcome.id) ?? intent.outcome);
  const isOpen = deal !== undefined && !isDecided(deal.status);
  const isDone = deal?.status === 'accepted';
  const locked = intent.busy || isOpen || intent.doubtful !== undefined || underWay !== undefined;
  const meant = typed === undefined ? value : typed.trim() === '' ? null : typedDecimal(typed);
  const isChanged = meant === undefined || !isSame(meant, value);
  // The account tells the new level before or behind the answer: until then what was typed stands, and then what is.
  const before = useRef(value);
  const end = useRef(draft?.onEnd);
  end.current = draft?.onEnd;
  useEffect(() => {
    if (!isDone || isSame(before.current, value)) return;
    setTyped(undefined);
    end.current?.();
  }, [isDone, value]);

  const forget = () => {
    setWrong(undefined);
    if (!locked) intent.clear();
  };
  function keyDown(event: KeyboardEvent) {
    if (event.key === 'Escape' && (typed !== undefined || wrong)) {
      event.stopPropagation(); // the ticket stays open
      restore();
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    submit();
  }
  function restore() {
    if (locked) return;
    setTyped(undefined);
    forget();
    draft?.onEnd();
  }
  function submit() {
    if (intent.doubtful) return void intent.repeat();
    if (locked || isDone || !isChanged) return;
    if (meant === undefined) return setWrong(askedBack(typed ?? '') ?? 'Give a level, such as 1.2345');
    if (meant === null && none === undefined)
      return setWrong('An order needs a level: cancel it to be rid of it');
    setWrong(undefined);
    before.current = value;
    draft?.onSent();
    void intent.submit({ level: meant });
  }
  const said = saying();
  return (
    <span className={`level-field${isChanged ? ' changed' : ''}`} data-heading={heading}>
      <input
        inputMode="decimal"
        enterKeyHint="send"
        autoComplete="off"
        maxLength={20}
        aria-label={label}
        placeholder={none}
        title="Enter sends, Escape restores"
        value={typed ?? value ?? ''}
        readOnly={locked}
        aria-disabled={locked}
        aria-invalid={said?.tone === 'down'}
        aria-describedby={said && note}
        onChange={(event) => {
          setTyped(event.target.value);
          forget();
        }}
        onFocus={(event) => event.target.select()}
        onKeyDown={keyDown}
      />
      {draft && (
        <span
          className="pair"
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation(); // what lies around it stays open
            restore();
          }}
        >
          <button
            type="button"
            className="primary"
            autoFocus
            aria-disabled={locked || isDone || !isChanged}
            onClick={submit}
          >
            Send
          </button>
          <button type="button" aria-disabled={locked} onClick={restore}>
            {deal || intent.problem ? 'Leave it' : 'Cancel'}
          </button>
        </span>
      )}
      {said && (
        <small id={note} role="status" className={said.tone}>
          {said.text}
          {intent.doubtful && !intent.busy && (
            <button type="button" className="link" onClick={() => void intent.repeat()}>
              Ask again
            </button>
          )}
        </small>
      )}
    </span>
  );

  function saying(): { text: string; tone: 'down' | 'undecided' | 'quiet' } | undefined {
    if (intent.busy) return { text: 'Sending…', tone: 'undecided' };
    if (deal && isOpen) return { text: dealOutcome(deal, name), tone: 'undecided' };
    if (intent.doubtful)
      return { text: 'No answer: it may have arrived. Asking again is safe. ', tone: 'undecided' };
    if (wrong) return { text: wrong, tone: 'down' };
    if (intent.problem)
      return { text: Object.values(intent.problem.fields ?? {})[0] ?? intent.problem.message, tone: 'down' };
    if (deal && !isDone) return { text: dealOutcome(deal, name), tone: 'down' };
    if (underWay) return { text: 'A change is under way.', tone: 'undecided' };
    if (!isChanged || isDone || typed === undefined) return undefined;
    return meant === null
      ? { text: 'Enter takes it away, Escape restores.', tone: 'quiet' }
      : { text: 'Enter sends, Escape restores.', tone: 'quiet' };
  }
}
