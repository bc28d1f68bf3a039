// What is typed into a ticket: when it deals, size, level or the worst fill, until when it rests; then stop and limit.
import type { Ref } from 'react';
import { levelText } from './format.ts';
import { unitName } from './market-facts.ts';
import { TicketChoice } from './ticket-choice.tsx';
import { TicketField } from './ticket-field.tsx';
import { levelsOf, worstField } from './ticket-order.ts';
import { TicketProtection, type TicketPartProps } from './ticket-protection.tsx';
import { changed, leastText, type DealAt, type TicketText } from './ticket-text.ts';

interface FieldsProps extends TicketPartProps {
  sizeField: Ref<HTMLInputElement>;
  onText(text: TicketText): void;
}
const ways: [way: 'own' | 'against', string][] = [
  ['own', 'On its own'],
  ['against', 'Against what is open'],
];
const kinds: [DealAt, string][] = [
  ['market', 'Market'],
  ['limit', 'Limit'],
  ['stop', 'Stop'],
];

export function TicketFields({
  id,
  market,
  direction,
  quoted,
  text,
  locked,
  wrong,
  sizeField,
  onText,
}: FieldsProps) {
  const { minDealSize, minNormalStopOrLimitDistance } = market.dealingRules;
  const set = (change: Partial<TicketText>) => onText(changed(text, change));
  const { worst } = levelsOf(text, direction, quoted, market);
  const worstHint =
    text.worst === ''
      ? 'empty: at any price'
      : text.as === 'points' && worst
        ? `now ${levelText(worst)}`
        : 'worse is refused';
  const sizes = (
    <TicketField
      id={`${id}-size`}
      label={`Size${unitName[market.unit] ? `, ${unitName[market.unit]}` : ''}`}
      value={text.size}
      disabled={locked}
      error={wrong['size']}
      hint={`minimum ${minDealSize.value}`}
      onChange={(size) => set({ size })}
      inputRef={sizeField}
    />
  );
  return (
    <>
      <TicketChoice
        label="When it deals"
        options={kinds}
        chosen={text.at}
        locked={locked}
        onChoose={(at) => set({ at })}
      />
      {text.at === 'market' ? (
        <>
          <TicketChoice
            label="What it does to open positions"
            options={ways}
            chosen={text.against ? 'against' : 'own'}
            locked={locked}
            onChoose={(way) => set({ against: way === 'against' })}
          />
          <div className="pair">
            {sizes}
            <TicketField
              id={`${id}-worst`}
              label={text.as === 'points' ? 'Slippage, points' : 'Worst fill, level'}
              placeholder="any"
              value={text.worst}
              disabled={locked}
              error={wrong[worstField(text)]}
              hint={worstHint}
              onChange={(typed) => set({ worst: typed })}
            />
          </div>
        </>
      ) : (
        <>
          <div className="pair">
            {sizes}
            <TicketField
              id={`${id}-level`}
              label="Level"
              value={text.level}
              disabled={locked}
              error={wrong['level']}
              hint={
                quoted === null
                  ? leastText(minNormalStopOrLimitDistance)
                  : `${direction === 'BUY' ? 'offer' : 'bid'} ${levelText(quoted)}`
              }
              onChange={(level) => set({ level })}
            />
          </div>
          <TicketField
            id={`${id}-till`}
            type="datetime-local"
            label="Good till"
            value={text.goodTill}
            disabled={locked}
            error={wrong['goodTillAt']}
            hint={text.goodTill === '' ? 'empty: until it is cancelled' : 'in this device’s time zone'}
            onChange={(goodTill) => set({ goodTill })}
          />
        </>
      )}
      <TicketProtection {...{ id, market, direction, quoted, text, locked, wrong }} onChange={set} />
    </>
  );
}
