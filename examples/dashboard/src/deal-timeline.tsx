// The life of one deal: when it was asked for, sent and answered, since when nobody knew, when the broker decided by its own clock, when it
// was decided here and by what, and what it is called where.
import { useEffect, useState } from 'react';
import type { Deal, DealDetail, FTraderClient } from '../../../client/index.ts';
import { dealEffects, howDecided, isDecided, statusName } from './deal-words.ts';
import { dayAndTime } from './format.ts';

/** `0.042 s` or `12.3 s`; also of what the broker's clock puts before it was asked for. */
const sinceAsked = (at: Date, asked: Date): string => {
  const seconds = (at.getTime() - asked.getTime()) / 1000;
  return `${seconds < 0 ? '\u2212' : '+'}${Math.abs(seconds).toFixed(3)} s`;
};

type Step = DealDetail['timeline'][number];
const stepWords = (step: Step['step'], { status }: Deal): string =>
  ({
    admitted: 'Asked for',
    sent: 'Sent to the broker',
    answered: 'The broker answered',
    unknown: 'No answer came: unknown',
    broker_decided: 'The broker dealt, by its clock',
    decided: `Decided here: ${statusName[status].toLowerCase()}`,
  })[step];

/** What the deal itself tells, until its timeline is read. */
const known = ({ createdAt, brokerAt, decidedAt }: Deal): Pick<Step, 'step' | 'at'>[] => [
  { step: 'admitted', at: createdAt },
  ...(brokerAt ? [{ step: 'broker_decided' as const, at: brokerAt }] : []),
  ...(decidedAt ? [{ step: 'decided' as const, at: decidedAt }] : []),
];

export function DealTimeline({ api, deal }: { api: FTraderClient['api']; deal: Deal }) {
  const detail = useDetail(api, deal);
  const steps = detail?.timeline ?? known(deal);
  const seen = (step: Step['step']) => steps.some((each) => each.step === step);
  const { createdAt, statusAt, decidedAt, status, dealReference, dealId } = deal;
  const wasLost =
    status === 'unknown' || seen('unknown') || (seen('sent') && !seen('answered') && decidedAt !== null);
  const effects = dealEffects(deal);
  return (
    <div className="timeline">
      <ol>
        {steps.map(({ step, at }) => (
          <li key={step} data-step={step}>
            <span>{stepWords(step, deal)}</span>
            <time dateTime={at.toISOString()} title={at.toISOString()}>
              {dayAndTime(at)}
            </time>
            <b>{step === 'admitted' ? '' : sinceAsked(at, createdAt)}</b>
          </li>
        ))}
        {!isDecided(status) && !seen('unknown') && statusAt.getTime() !== createdAt.getTime() && (
          <li>
            <span>Last news: {statusName[status].toLowerCase()}</span>
            <time dateTime={statusAt.toISOString()}>{dayAndTime(statusAt)}</time>
            <b>{sinceAsked(statusAt, createdAt)}</b>
          </li>
        )}
        {!isDecided(status) && <li className="open">Not decided yet</li>}
      </ol>
      {wasLost && (
        <p className={isDecided(status) ? undefined : 'undecided'}>{howDecided(deal, detail?.decidedBy)}</p>
      )}
      {effects.length > 0 && <p>{effects.join('. ')}.</p>}
      <p className="quiet">
        {[dealReference && `Reference ${dealReference}`, dealId && `the broker’s id ${dealId}`, deal.id]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </div>
  );
}

/** What is known of when it did what; undefined until read. Read again when it has moved on. */
function useDetail(api: FTraderClient['api'], { id, statusAt }: Deal): DealDetail | undefined {
  const [detail, setDetail] = useState<DealDetail>();
  useEffect(() => {
    let stopped = false;
    void api.trading.getDeal.query({ id }).then(
      (read) => stopped || setDetail(read),
      () => {}, // what the deal itself tells stands here all the same
    );
    return () => {
      stopped = true;
    };
  }, [api, id, statusAt.getTime()]);
  return detail;
}
