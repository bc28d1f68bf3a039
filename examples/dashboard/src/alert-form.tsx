// An alert on a market: that its price comes to a level, closes a candle there, or moves by so much; a new one, or one that is there.
import { useState, type ReactNode } from 'react';
import type {
  Alert,
  AlertConditionInput,
  AlertSide,
  FTraderClient,
  Resolution,
  SetAlert,
} from '../../../client/index.ts';
import { numberIn, useAlertTerms } from './alert-terms.tsx';
import { sideName, windowName } from './alert-words.ts';
import { useQuote } from './board.ts';
import { CallForm } from './call-form.tsx';
import { Choice } from './choice.tsx';
import type { PriceBoard } from './prices.ts';
import { keptResolution, resolutionName } from './resolutions.ts';

/** A condition of one kind, as it is asked for. */
type Of<Kind extends AlertConditionInput['kind']> = Extract<AlertConditionInput, { kind: Kind }>;
type MarketKind = 'price' | 'candle_close' | 'move';
const kinds: Record<MarketKind, string> = {
  price: 'comes to a level',
  candle_close: 'closes a candle',
  move: 'moves by per cent',
};
const toLevel: Record<'up' | 'down', string> = { up: 'Up, from below', down: 'Down, from above' };
const closes: Record<'up' | 'down', string> = { up: 'The level or above', down: 'The level or below' };
const ways: Record<'up' | 'down' | 'either', string> = { up: 'Up', down: 'Down', either: 'Either way' };
const { SECOND: _none, ...others } = resolutionName;
const candleName: Record<Exclude<Resolution, 'SECOND'>, string> = others;
const unit: Record<MarketKind, string> = {
  price: 'the market’s price',
  candle_close: 'the market’s price',
  move: 'per cent',
};

/** Where a new one begins. */
export interface AlertSeed {
  level: string;
  direction: 'up' | 'down';
}
interface AlertFormProps {
  api: FTraderClient['api'];
  market: { epic: string; name: string };
  feed: string | undefined;
  board: PriceBoard;
  alert?: Alert | undefined;
  seed?: AlertSeed | undefined;
  onDone(set: SetAlert): void;
  onCancel(): void;
}

export function AlertForm({ api, market, feed, board, alert, seed, onDone, onCancel }: AlertFormProps) {
  const was = alert?.condition && 'epic' in alert.condition ? alert.condition : undefined;
  const ofMove = was?.kind === 'move' ? was : undefined;
  const ofCandle = was?.kind === 'candle_close' ? was : undefined;
  const ofLevel = was?.kind === 'move' ? undefined : was;
  const [kind, setKind] = useState<MarketKind>(was?.kind ?? 'price');
  const [side, setSide] = useState<AlertSide>(was?.side ?? 'bid');
  const [up, setUp] = useState(ofLevel?.direction ?? seed?.direction ?? 'up');
  const [way, setWay] = useState(ofMove?.direction ?? 'either');
  const [within, setWithin] = useState(String(ofMove?.windowSeconds ?? 300));
  const [length, setLength] = useState(ofCandle?.resolution ?? lengthAtFirst());
  const terms = useAlertTerms(alert, unit[kind]);
  const bid = useQuote(board, market.epic)?.tick.bid ?? undefined;
  const [level, setLevel] = useState(ofLevel?.level ?? seed?.level ?? bid); // the price when it was opened, or the first one
  if (level === undefined && bid !== undefined) setLevel(bid);
  function conditionOf(form: FormData): AlertConditionInput {
    const of = { epic: market.epic, ...(feed !== undefined && { feed }), side };
    if (kind === 'move')
      return {
        kind,
        ...of,
        direction: way,
        percent: numberIn(form, 'condition.percent'),
        windowSeconds: Number(within) as Of<'move'>['windowSeconds'],
      };
    const at = { ...of, direction: up, level: numberIn(form, 'condition.level') };
    return kind === 'price'
      ? { kind, ...at }
      : { kind, ...at, resolution: length, ...(ofCandle && { zone: ofCandle.zone }) };
  }
  const choice = (label: string, chosen: ReactNode) => (
    <label>
      {label}
      {chosen}
    </label>
  );
  return (
    <CallForm
      api={api}
      label={alert ? `Change the alert on ${market.name}` : `New alert on ${market.name}`}
      text={alert ? 'Save the alert' : 'Set the alert'}
      send={(form) => {
        const asked = { condition: conditionOf(form), ...terms.of(form) };
        const { createAlert, updateAlert } = api.notifications;
        return alert ? updateAlert.mutate({ id: alert.id, ...asked }) : createAlert.mutate(asked);
      }}
      onDone={onDone}
      onCancel={onCancel}
    >
      {(make) => (
        <div className="fields">
          {choice('When the', <Choice label="Price" options={sideName} chosen={side} onChoose={setSide} />)}
          {choice(
            'What it does',
            <Choice label="What it does" options={kinds} chosen={kind} onChoose={setKind} />,
          )}
          {kind === 'candle_close' &&
            choice(
              'Of',
              <Choice
                label="Length of the candle"
                options={candleName}
                chosen={length}
                onChoose={setLength}
              />,
            )}
          {kind === 'move' ? (
            <>
              {choice(
                'Which way',
                <Choice label="Which way" options={ways} chosen={way} onChoose={setWay} />,
              )}
              {make.field('condition.percent', 'Per cent', {
                inputMode: 'decimal',
                maxLength: 26,
                defaultValue: ofMove?.percent ?? '1',
              })}
              {choice(
                'Within',
                <Choice label="Within" options={windowName} chosen={within} onChoose={setWithin} />,
              )}
            </>
          ) : (
            <>
              {kind === 'price'
                ? choice(
                    'Which way',
                    <Choice label="Which way" options={toLevel} chosen={up} onChoose={setUp} />,
                  )
                : choice('At', <Choice label="At" options={closes} chosen={up} onChoose={setUp} />)}
              {make.field('condition.level', 'Level', {
                inputMode: 'decimal',
                autoFocus: true,
                maxLength: 26,
                value: level ?? '',
                onChange: ({ target }) => setLevel(target.value),
                onFocus: ({ target }) => target.select(),
              })}
            </>
          )}
          {terms.fields(make)}
        </div>
      )}
    </CallForm>
  );
}

/** The one that the chart shows. */
function lengthAtFirst(): Exclude<Resolution, 'SECOND'> {
  const shown = keptResolution();
  return shown === 'SECOND' ? 'MINUTE' : shown;
}
