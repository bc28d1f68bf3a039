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
  unknownAt,
}: Pick<
  DealRow,
  'createdAt' | 'sentAt' | 'answeredAt' | 'unknownAt' | 'brokerAt' | 'decidedAt'
>): DealTimeline {
  const ours = (step: DealTimeline[number]['step'], at: Date | null) =>
    at ? [{ step, at, afterMs: at.getTime() - createdAt.getTime() }] : [];
  // The confirm on the stream often comes before the answer to the request.
  const known = [
    ...ours('answered', answeredAt),
    ...ours('unknown', unknownAt),
    ...ours('decided', decidedAt),
  ];
  return [
    ...ours('admitted', createdAt),
    ...ours('sent', sentAt),
    ...(brokerAt ? [{ step: 'broker_decided' as const, at: brokerAt, afterMs: null }] : []),
    ...known.toSorted((one, other) => one.at.getTime() - other.at.getTime()),
  ];
}
