// The venue that trading's tests deal with keeps the contract that the simulator keeps, so that it cannot drift from it.
import * as build from './build.ts';
import { brokenDealingContract } from './broken-dealing.contract.ts';
import type { BreakableBench } from './dealer.ts';
import { dealingContract } from './dealing.contract.ts';
import { createManualClock } from './manual-clock.ts';
import { createVenue } from './venue.ts';

async function venueBench(): Promise<BreakableBench> {
  const clock = createManualClock();
  const venue = createVenue(clock);
  return {
    account: build.account(),
    dealing: venue.dealing,
    evidence: venue.evidence,
    clock,
    market: { epic: build.eurusd, currency: 'USD', point: '0.0001' },
    pass: async (ms) => clock.advance(ms),
    loseAnswer: (booked) => void (venue.treat = booked ? 'fill, then silence' : 'silence'),
    closeMarket: () => void (venue.treat = 'reject'),
    async goAway() {
      venue.treat = 'not sent';
      venue.down = true;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

dealingContract('the venue', venueBench);
brokenDealingContract('the venue', venueBench);
