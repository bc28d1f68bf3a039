// When a deal did what, as far as anybody saw it. Pure: nothing is guessed.
import type { DealTimeline } from '../../../../shared/history.ts';
import type { DealRow } from './life.ts';

/** In the order in which it is done; the broker's own instant is of another clock, so its place among ours is where it belongs, not where its time would put it. */
export function timelineOf({
  createdAt,
  sentAt,
  answeredAt,
  brokerAt,
  decidedAt,
}: Pick<DealRow, 'createdAt' | 'sentAt' | 'answeredAt' | 'brokerAt' | 'decidedAt'>): DealTimeline {
  const ours = (step: DealTimeline[number]['step'], at: Date | null) =>
    at ? [{ step, at, afterMs: at.getTime() - createdAt.getTime() }] : [];
  const answered = ours('answered', answeredAt);
  const decided = ours('decided', decidedAt);
  // The confirm on the stream often comes before the answer to the request.
  const isOvertaken = answeredAt && decidedAt && decidedAt < answeredAt;
  return [
    ...ours('admitted', createdAt),
    ...ours('sent', sentAt),
    ...(brokerAt ? [{ step: 'broker_decided' as const, at: brokerAt, afterMs: null }] : []),
    ...(isOvertaken ? [...decided, ...answered] : [...answered, ...decided]),
  ];
}
