// Waiting for a verdict: what wakes a caller, and what is read for it.
import { expect, test } from 'vitest';
import type { StreamEvent, StreamMessage } from '../../../../shared/events.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import type { DealRow } from './life.ts';
import { createDecisions } from './wait.ts';

type Message = StreamMessage<StreamEvent<'trading'>>;
const admitted = { ...build.deal({ status: 'submitting' }), userId: 'user_1' } as unknown as DealRow;
const accepted = {
  accountId: 'acct_1',
  environment: 'simulated',
  at: new Date(0),
  type: 'deal.accepted',
} as const;

/** Decisions over events that `told` are kept in; `read` counts who looks there. */
function decisions({ appliesEvents, told = [] }: { appliesEvents: boolean; told?: Message[] }) {
  const clock = createManualClock();
  let followed = 0;
  const made = createDecisions({
    dealStore: { find: async () => admitted } as never,
    events: {
      head: async () => '0',
      async *follow(_user: string, _stream: string, { signal }: { signal?: AbortSignal }) {
        followed++;
        yield* told;
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    } as never,
    appliesEvents,
    clock,
    logger: silentLogger,
  });
  return { clock, followed: () => followed, ...made };
}

test('a verdict that this process commits wakes its caller, and the user’s events are not read for it', async () => {
  const { untilDecided, committed, followed } = decisions({ appliesEvents: true });
  const waiting = untilDecided(admitted, 1_000, { after: '7' });
  committed([{ ...accepted, data: build.deal() }]);
  expect(await waiting).toMatchObject({ status: 'accepted' });
  expect(followed()).toBe(0);
});

test('a verdict that another process commits is found in the user’s events, here after a moment, elsewhere at once', async () => {
  const told = [{ ...accepted, id: '8', data: build.deal() }];
  const elsewhere = decisions({ appliesEvents: false, told });
  expect(await elsewhere.untilDecided(admitted, 1_000, { after: '7' })).toMatchObject({ status: 'accepted' });
  const here = decisions({ appliesEvents: true, told });
  const waiting = here.untilDecided(admitted, 1_000, { after: '7' });
  here.clock.advance(50);
  expect(await waiting).toMatchObject({ status: 'accepted' });
});

test('without a verdict the caller gets the deal as it is when its time is up, and who has enough gets it at once', async () => {
  const { clock, untilDecided } = decisions({ appliesEvents: true });
  const waiting = untilDecided(admitted, 1_000, { after: '7' });
  clock.advance(1_000);
  expect(await waiting).toMatchObject({ status: 'submitting' });
  const enough = new AbortController();
  const leaving = untilDecided(admitted, 1_000, { after: '7', enough: enough.signal });
  enough.abort();
  expect(await leaving).toMatchObject({ status: 'submitting' });
});
