// The life of one deal: when it was asked for, sent and answered, when the broker decided by its own clock, when it was decided here and by what,
// and what it is called where.
import { useEffect, useState } from 'react';
import type { Deal, DealDetail, FTraderClient } from '../../../client/index.ts';
import { dealEffects, howDecided, isDecided, statusName } from './deal-words.ts';
import { dayAndTime } from './format.ts';

/** `0.042 s` or `12.3 s`; also of what the broker's clock puts before it was asked for. */
const sinceAsked = (at: Date, asked: Date): string => {
  const seconds = (at.getTime() - asked.getTime()) / 1000;
  return `${seconds < 0 ? '\u2212' : '+'}${Math.abs(seconds).toFixed(3)} s`;
};

export function DealTimeline({ api, deal }: { api: FTraderClient['api']; deal: Deal }) {
  const timeline = useTimeline(api, deal);
  const seen = (step: 'sent' | 'answered') => timeline?.find((each) => each.step === step)?.at;
  const [sentAt, answeredAt] = [seen('sent'), seen('answered')];
  const wasLost = deal.status === 'unknown' || (sentAt && !answeredAt && deal.decidedAt);
  const effects = dealEffects(deal);
  const { createdAt, statusAt, decidedAt, brokerAt, status, dealReference, dealId } = deal;
  const steps: [what: string, at: Date][] = [
    ['Asked for', createdAt],
    ...(sentAt ? ([['Sent to the broker', sentAt]] as [string, Date][]) : []),
    ...(answeredAt ? ([['The broker answered', answeredAt]] as [string, Date][]) : []),
    ...(brokerAt ? ([['The broker dealt, by its clock', brokerAt]] as [string, Date][]) : []),
    ...(decidedAt
      ? ([[`Decided here: ${statusName[status].toLowerCase()}`, decidedAt]] as [string, Date][])
      : []),
    ...(!decidedAt || statusAt.getTime() !== decidedAt.getTime()
      ? ([[`Last news: ${statusName[status].toLowerCase()}`, statusAt]] as [string, Date][])
      : []),
  ];
  return (
    <div className="timeline">
      <ol>
        {steps.map(([what, at]) => (
          <li key={what}>
            <span>{what}</span>
            <time dateTime={at.toISOString()} title={at.toISOString()}>
              {dayAndTime(at)}
            </time>
            <b>{at === createdAt ? '' : sinceAsked(at, createdAt)}</b>
          </li>
        ))}
        {!isDecided(status) && <li className="open">Not decided yet</li>}
      </ol>
      {wasLost && <p className={isDecided(status) ? undefined : 'undecided'}>{howDecided(deal)}</p>}
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
function useTimeline(api: FTraderClient['api'], { id, statusAt }: Deal): DealDetail['timeline'] | undefined {
  const [timeline, setTimeline] = useState<DealDetail['timeline']>();
  useEffect(() => {
    let stopped = false;
    void api.trading.getDeal.query({ id }).then(
      (detail) => stopped || setTimeline(detail.timeline),
      () => {}, // what the deal itself tells stands here all the same
    );
    return () => {
      stopped = true;
    };
  }, [api, id, statusAt.getTime()]);
  return timeline;
}
