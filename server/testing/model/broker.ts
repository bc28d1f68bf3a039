// The broker of the model: it books what reaches it, tells of it now or later or not at all, and its lists lag behind. No I/O.
import type { ActivityEvidence, ConfirmEvidence, PositionEvidence } from '../../modules/trading/ports.ts';
import type { Timeline } from './timeline.ts';

/** What the broker did with a request. */
export interface Booking {
  at: number;
  accepted: boolean;
  dealId: string;
  reference: string;
}
const confirmDelaysMs = { prompt: 200, overtakes: 0, late: 25_000, doubled: 200 };
/** A confirm is kept so long. */
const confirmKeptMs = 60_000;

/** Its check for repeated references is off. `deliver` takes a confirm; false when nobody was there to take it. */
export function createModelBroker(
  { now, date, choose, pick, later, note }: Timeline,
  deliver: (confirm: ConfirmEvidence) => boolean,
) {
  const bookings: Booking[] = [];
  return {
    bookings,
    execute(reference: string): void {
      const booking = { at: now(), accepted: choose(4) !== 3, dealId: `D${bookings.length + 1}`, reference };
      bookings.push(booking);
      note(`broker books ${booking.accepted ? booking.dealId : 'a refusal'}`);
      const deliverAfter = (ms: number): void =>
        later(ms, () => {
          if (!deliver(confirmOf(booking, date())) && choose(2) === 0) deliverAfter(1_000);
        });
      const delivery = pick(['prompt', 'overtakes', 'late', 'doubled', 'lost'] as const);
      if (delivery !== 'lost') deliverAfter(confirmDelaysMs[delivery]);
      if (delivery === 'doubled') deliverAfter(pick([200, 9_000, 45_000]));
    },
    /** Its books as they were at `asOf`, as a reading gets them that began at `begunAt`. */
    booksAsOf(asOf: number, begunAt: Date) {
      const seen = bookings.filter(({ at }) => at <= asOf);
      const fresh = seen.find(({ at }) => at >= asOf - confirmKeptMs);
      return {
        begunAt,
        confirm: fresh ? confirmOf(fresh, date()) : null,
        positions: seen
          .filter(({ accepted }) => accepted)
          .map((booking) => positionOf(booking, date(booking.at))),
        activity: seen.map((booking) => activityOf(booking, date(booking.at))),
        othersReferences: new Set<string>(),
      };
    },
  };
}

const confirmOf = ({ accepted, dealId, reference }: Booking, at: Date): ConfirmEvidence => ({
  dealReference: reference,
  dealId,
  status: accepted ? 'accepted' : 'rejected',
  brokerCode: accepted ? null : 'INSUFFICIENT_FUNDS',
  action: accepted ? 'opened' : null,
  epic: 'E',
  direction: 'BUY',
  size: '1',
  level: '1',
  stopLevel: null,
  limitLevel: null,
  profit: null,
  profitCurrency: null,
  at,
});
const positionOf = ({ dealId, reference }: Booking, openedAt: Date): PositionEvidence => ({
  dealId,
  dealReference: reference,
  epic: 'E',
  expiry: '-',
  name: null,
  direction: 'BUY',
  size: '1',
  level: '1',
  currency: null,
  contractSize: null,
  stopLevel: null,
  limitLevel: null,
  openedAt,
});

const activityOf = ({ dealId, reference, accepted }: Booking, at: Date): ActivityEvidence => ({
  dealId,
  dealReference: reference,
  epic: 'E',
  status: accepted ? 'accepted' : 'rejected',
  actions: accepted ? [{ action: 'opened', dealId }] : [],
  direction: 'BUY',
  size: '1',
  level: '1',
  throughApi: true,
  at,
});
