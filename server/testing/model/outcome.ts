// What must hold at the end of a run of the model, held against the broker's own bookings. No I/O.
import { isDecided } from '../../../shared/deal-words.ts';
import type { Booking } from './bookings.ts';
import type { Intent, Seen } from './intent.ts';
import type { Scenario } from './scenarios.ts';

interface Ended {
  scenario: Scenario;
  intents: readonly Intent[];
  bookings: readonly Booking[];
}

export function judgeOutcome(seen: Seen, { scenario, intents, bookings }: Ended): void {
  const { violations, beyondAssumption } = seen;
  // The one exception: what was executed later than we assume and bears no reference of ours may stay taken for lost, or be taken for the next.
  const isBlurred = beyondAssumption && scenario.referenceOf !== 'ours';
  if (isBlurred) violations.length = 0;
  for (const intent of intents) {
    const mine = bookings.filter(({ by, accepted }) => by === intent.id && accepted);
    if (mine.length > 1) violations.push(`${intent.id}: ${mine.length} deals for one intent`);
    const row = intent.row();
    if (!row) {
      if (bookings.some(({ by }) => by === intent.id))
        violations.push(`${intent.id}: the broker knows a deal that we do not`);
      continue;
    }
    if (!isDecided(row.status)) {
      violations.push(`${intent.id}: never decided: ${row.status}`);
      continue;
    }
    if (isBlurred) continue;
    const [deal] = mine;
    const isRight = deal ? row.status === 'accepted' && isAbout(row.dealId, deal) : row.status === 'rejected';
    if (!isRight)
      violations.push(`${intent.id}: we say ${row.status}, the broker ${deal ? 'dealt' : 'did not'}`);
  }
  // What netted closed what was there, and turned nothing over.
  const isTurned = bookings.some(({ effects }) => {
    const actions = new Set(effects.map(({ action }) => action));
    return actions.has('opened') && actions.size > 1;
  });
  if (isTurned && !beyondAssumption) violations.push('a position was turned over');
}

const isAbout = (dealId: string | null, { effects }: Booking): boolean =>
  effects.some((effect) => effect.dealId === dealId);
