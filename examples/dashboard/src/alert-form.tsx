// An alert on a market: that its price comes to a level, or moves by so much; a new one, or one that is there.
import { useState } from 'react';
import type {
  Alert,
  AlertConditionInput,
  AlertRepeat,
  AlertSide,
  FTraderClient,
  SetAlert,
} from '../../../client/index.ts';
import { sideName, windowName } from './alert-words.ts';
import { useQuote } from './board.ts';
import { CallForm, typedIn } from './call-form.tsx';
import { Choice } from './choice.tsx';
import type { PriceBoard } from './prices.ts';
import { typedDecimal } from './typed-decimal.ts';

const kinds: Record<'price' | 'move', string> = { price: 'comes to a level', move: 'moves by per cent' };
const toLevel: Record<'up' | 'down', string> = { up: 'Up, from below', down: 'Down, from above' };
const ways: Record<'up' | 'down' | 'either', string> = { up: 'Up', down: 'Down', either: 'Either way' };
const repeats: Record<AlertRepeat, string> = { once: 'Once', every: 'Every time' };
/** A window of the API. */
type Move = Extract<AlertConditionInput, { kind: 'move' }>;
/** Those that this form makes. */
export const isFormed = ({ kind }: Alert['condition']): boolean => kind === 'price' || kind === 'move';

interface AlertFormProps {
  api: FTraderClient['api'];
  market: { epic: string; name: string };
  feed: string | undefined;
  board: PriceBoard;
  alert?: Alert | undefined;
  onDone(set: SetAlert): void;
  onCancel(): void;
}

export function AlertForm({ api, market, feed, board, alert, onDone, onCancel }: AlertFormProps) {
  const was = alert?.condition;
  const ofPrice = was?.kind === 'price' ? was : undefined;
  const ofMove = was?.kind === 'move' ? was : undefined;
  const [kind, setKind] = useState<keyof typeof kinds>(ofMove ? 'move' : 'price');
  const [side, setSide] = useState<AlertSide>((ofPrice ?? ofMove)?.side ?? 'bid');
  const [up, setUp] = useState<keyof typeof toLevel>(ofPrice?.direction ?? 'up');
  const [way, setWay] = useState<keyof typeof ways>(ofMove?.direction ?? 'either');
  const [within, setWithin] = useState(String(ofMove?.windowSeconds ?? 300));
  const [repeat, setRepeat] = useState<AlertRepeat>(alert?.repeat ?? 'once');
  const bid = useQuote(board, market.epic)?.tick.bid ?? undefined;
  const [level, setLevel] = useState(ofPrice?.level ?? bid); // the price when it was opened, or the first one
  if (level === undefined && bid !== undefined) setLevel(bid);
  function conditionOf(form: FormData): AlertConditionInput {
    const number = (name: string) => {
      const typed = typedIn(form, name);
      return typedDecimal(typed) ?? typed;
    };
    const of = { epic: market.epic, ...(feed !== undefined && { feed }), side };
    return kind === 'price'
      ? { kind, ...of, direction: up, level: number('condition.level') }
      : {
          kind,
          ...of,
          direction: way,
          percent: number('condition.percent'),
          windowSeconds: Number(within) as Move['windowSeconds'],
        };
  }
  return (
    <CallForm
      api={api}
      label={alert ? `Change the alert on ${market.name}` : `New alert on ${market.name}`}
      text={alert ? 'Save the alert' : 'Set the alert'}
      send={(form) => {
        const note = typedIn(form, 'note');
        const terms = { condition: conditionOf(form), repeat, note: note === '' ? null : note };
        const { createAlert, updateAlert } = api.notifications;
        return alert ? updateAlert.mutate({ id: alert.id, ...terms }) : createAlert.mutate(terms);
      }}
      onDone={onDone}
      onCancel={onCancel}
    >
      {({ field }) => (
        <div className="fields">
          <label>
            When the
            <Choice label="Price" options={sideName} chosen={side} onChoose={setSide} />
          </label>
          <label>
            What it does
            <Choice label="What it does" options={kinds} chosen={kind} onChoose={setKind} />
          </label>
          {kind === 'price' ? (
            <>
              <label>
                Which way
                <Choice label="Which way" options={toLevel} chosen={up} onChoose={setUp} />
              </label>
              {field('condition.level', 'Level', {
                inputMode: 'decimal',
                autoFocus: true,
                maxLength: 26,
                value: level ?? '',
                onChange: ({ target }) => setLevel(target.value),
                onFocus: ({ target }) => target.select(),
              })}
            </>
          ) : (
            <>
              <label>
                Which way
                <Choice label="Which way" options={ways} chosen={way} onChoose={setWay} />
              </label>
              {field('condition.percent', 'Per cent', {
                inputMode: 'decimal',
                maxLength: 26,
                defaultValue: ofMove?.percent ?? '1',
              })}
              <label>
                Within
                <Choice label="Within" options={windowName} chosen={within} onChoose={setWithin} />
              </label>
            </>
          )}
          <label>
            Told
            <Choice label="Told" options={repeats} chosen={repeat} onChoose={setRepeat} />
          </label>
          {field('note', 'Note', {
            required: false,
            maxLength: 200,
            defaultValue: alert?.note ?? '',
            hint: 'is told with it',
          })}
        </div>
      )}
    </CallForm>
  );
}
