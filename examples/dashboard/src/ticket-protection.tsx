// Stop and limit of a ticket: where they are, of which kind the stop is, and as what all of it is written. What a market or a deal does not take is not offered.
import type { Direction, Market } from '../../../client/index.ts';
import { Choice } from './choice.tsx';
import { levelText } from './format.ts';
import { TicketField } from './ticket-field.tsx';
import { levelsOf, limitField, stepField, stopField, type Missed } from './ticket-order.ts';
import {
  isAgainst,
  leastText,
  stopAs,
  stopKindOf,
  stopKindsOf,
  type StopKind,
  type TicketText,
} from './ticket-text.ts';

/** What every part of a ticket is told. */
export interface TicketPartProps {
  id: string;
  market: Market;
  direction: Direction;
  quoted: string | null;
  text: TicketText;
  locked: boolean;
  /** What is wrong, by the API's name of the field. */
  wrong: Missed;
}
interface ProtectionProps extends TicketPartProps {
  onChange(change: Partial<TicketText>): void;
}
const kindNames: Record<StopKind, string> = {
  normal: 'Plain stop',
  guaranteed: 'Guaranteed stop',
  trailing: 'Trailing stop',
};
const unitOf = (as: TicketText['as']) => (as === 'points' ? 'points' : 'level');

export function TicketProtection({
  id,
  market,
  direction,
  quoted,
  text,
  locked,
  wrong,
  onChange,
}: ProtectionProps) {
  const kinds = stopKindsOf(text, market);
  const kind = stopKindOf(text);
  const levels = levelsOf(text, direction, quoted, market);
  const { minGuaranteedStopDistance, minNormalStopOrLimitDistance, minStepDistance } = market.dealingRules;
  const about = text.at === 'market' ? 'about ' : 'at ';
  const hintOf = (as: TicketText['as'], level: string | null, nearest = minNormalStopOrLimitDistance) =>
    as === 'points' && level !== null ? `${about}${levelText(level)}` : leastText(nearest);
  const trails = kind === 'trailing';
  const hasFields = kinds.length > 0;
  return (
    <>
      {hasFields && (
        <div className={trails ? 'triple' : 'pair'}>
          <TicketField
            id={`${id}-stop`}
            label={trails ? 'Stop behind' : `Stop, ${unitOf(stopAs(text))}`}
            placeholder={kind === 'normal' ? 'none' : trails ? 'points' : 'needed'}
            value={text.stop}
            disabled={locked}
            error={wrong[stopField(text)]}
            hint={hintOf(
              stopAs(text),
              levels.stop,
              kind === 'guaranteed' ? minGuaranteedStopDistance : minNormalStopOrLimitDistance,
            )}
            onChange={(stop) => onChange({ stop })}
          />
          {trails && (
            <TicketField
              id={`${id}-step`}
              label="In steps of"
              placeholder="points"
              value={text.step}
              disabled={locked}
              error={wrong[stepField]}
              hint={minStepDistance?.unit === 'points' ? leastText(minStepDistance) : 'at a time'}
              onChange={(step) => onChange({ step })}
            />
          )}
          <TicketField
            id={`${id}-limit`}
            label={`Limit, ${unitOf(text.as)}`}
            placeholder="none"
            value={text.limit}
            disabled={locked}
            error={wrong[limitField(text)]}
            hint={hintOf(text.as, levels.limit)}
            onChange={(limit) => onChange({ limit })}
          />
        </div>
      )}
      {isAgainst(text) && (
        <p className="quiet">No stop and no limit: there may be no position to bear them.</p>
      )}
      {(hasFields || text.at === 'market') && (
        <div className="written-as">
          {kinds.length > 1 && (
            <Choice<string>
              label="Kind of stop"
              options={Object.fromEntries(kinds.map((each) => [each, kindNames[each]]))}
              chosen={kind}
              locked={locked}
              onChoose={(chosen) => onChange({ stopKind: chosen as StopKind })}
            />
          )}
          <button
            type="button"
            className="link"
            aria-disabled={locked}
            onClick={() => locked || onChange({ as: text.as === 'points' ? 'level' : 'points' })}
          >
            {text.as === 'points' ? 'Give levels instead' : 'Give points instead'}
          </button>
        </div>
      )}
    </>
  );
}
