// When a deal did what, as far as anybody saw it. Pure: nothing is guessed.
import type { DealTimeline } from '../../../../shared/history.ts';
import type { DealRow } from './life.ts';

/**
 * In the order in which it is done. The broker's own instant is of another clock, so it stands where it belongs, right behind the sending; only behind
 * `unknown` where it is later than that, as a request that was carried out after its answer was given up.
 */
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
  const steps: DealTimeline = known.toSorted((one, other) => one.at.getTime() - other.at.getTime());
  if (brokerAt) {
    const afterUnknown = unknownAt && brokerAt > unknownAt;
    const place = afterUnknown ? steps.findIndex(({ step }) => step === 'unknown') + 1 : 0;
    steps.splice(place, 0, { step: 'broker_decided', at: brokerAt, afterMs: null });
  }
  return [...ours('admitted', createdAt), ...ours('sent', sentAt), ...steps];
}
