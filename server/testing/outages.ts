// What a user sees of each way in which the broker can be away: states that were told, what became of deals, how soon all is well again.
import { expect } from 'vitest';
import type { FaultSetting } from '../ig-simulator/faults/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import { isDealEvent } from '../../shared/deal-words.ts';
import type { TradingEvent } from '../../shared/events.ts';
import { decided } from './ask-again.ts';
import * as build from './build.ts';
import { createInbox } from './inbox.ts';
import { signUp } from './kit.ts';
import { testApp } from './test-app.ts';

/** Generous to a busy machine; nothing else would end a wait. */
const patienceMs = 90_000;

export interface Outage {
  name: string;
  faults: FaultSetting[];
  /** What is told of the account meanwhile; null: it is no trouble of the account. */
  state: 'degraded' | 'read_only' | 'offline' | null;
}
const requests = ['open', 'close', 'read', 'login'] as const;
const everything = (name: FaultSetting['name']): FaultSetting[] => [{ name, on: [...requests] }];

export const outages: Outage[] = [
  { name: 'maintenance', faults: [{ name: 'maintenance', ms: [600_000, 600_000] }], state: 'offline' },
  {
    name: 'create-refused',
    faults: [
      { name: 'create-refused', code: 66 },
      { name: 'stream-drop', recoverable: false },
    ],
    state: 'degraded',
  },
  { name: 'html-before', faults: everything('html-before'), state: 'offline' },
  { name: 'reset-before', faults: everything('reset-before'), state: 'offline' },
  { name: '5xx-before', faults: everything('5xx-before'), state: 'offline' },
  { name: 'time-out-before', faults: everything('time-out-before'), state: 'offline' },
  { name: 'stalled-socket', faults: [{ name: 'stalled-socket', ms: [600_000, 600_000] }], state: 'degraded' },
  { name: 'dealing-suspended', faults: [{ name: 'dealing-suspended' }], state: 'read_only' },
  { name: 'stream-drop', faults: [{ name: 'stream-drop', recoverable: false }], state: null },
  { name: 'stream-loop', faults: [{ name: 'stream-loop' }], state: null },
  { name: 'stream-end', faults: [{ name: 'stream-end' }], state: null },
  { name: 'mute', faults: [{ name: 'mute' }], state: null },
  { name: 'accept-then-time-out', faults: [{ name: 'accept-then-time-out', count: 1 }], state: null },
  { name: 'reset-after', faults: [{ name: 'reset-after', count: 1 }], state: null },
  { name: 'lost-confirm', faults: [{ name: 'lost-confirm', count: 1 }], state: null },
  { name: 'doubled-confirm', faults: [{ name: 'doubled-confirm' }], state: null },
  { name: 'expired-before', faults: [{ name: 'expired-before', count: 1 }], state: null },
];

export interface Seen {
  outage: string;
  /** States in the order in which they were told. */
  told: string[];
  /** What became of the opening that was sent as it began, in the end, and of one that was asked for in the midst of it. */
  first: string;
  meanwhile: string;
  /** What became of a close that was asked for then: it is tried in every state. */
  close: string;
  /** What could be read of positions meanwhile. */
  readable: boolean;
  foundAfterMs: number | null;
  /** Since the broker was back. */
  restoredAfterMs: number | null;
  decidedAfterMs: number;
  /** Openings that are accepted here and not booked there, or the other way round; and those booked more than once. */
  lost: number;
  doubled: number;
}

/** Where the broker lets nobody deal, or is away, an opening is denied with that; a close is tried in every state. */
export function expectHeldUp({ state }: Outage, { meanwhile, close }: Seen): void {
  if (state === 'offline' || state === 'read_only') expect(meanwhile).toBe('account_unavailable');
  if (state === 'read_only') expect(close).toBe('broker_refused');
  expect(close).not.toBe('account_unavailable');
}

/** A user of a whole installation through an outage. */
export async function suffer({ name, faults, state }: Outage): Promise<Seen> {
  await using app = await testApp();
  await using trader = await signUp(app);
  const { trading } = trader.api;
  const events = createInbox<TradingEvent>();
  const { unsubscribe } = trading.onEvents.subscribe(
    { lastEventId: '0' },
    { onData: ({ data }) => 'accountId' in data && events.put(data as TradingEvent) },
  );
  const soon = (enough: (all: TradingEvent[]) => boolean) =>
    within(systemClock, patienceMs, () => events.until(enough), `${name}: ${JSON.stringify(events.items)}`);
  const states = () =>
    events.items.flatMap((event) =>
      event.type === 'account.degraded' || event.type === 'account.restored' ? [event.data.health.state] : [],
    );
  const open = (waitMs = 0) => {
    const order = build.openPosition({ waitMs });
    return decided(waitMs, () => trading.openPosition.mutate(order)).catch((error: unknown) => String(error));
  };
  const elapsed = () => {
    const fromMs = systemClock.monotonicMs();
    return () => Math.round(systemClock.monotonicMs() - fromMs);
  };
  const before = await open(10_000);
  if (typeof before === 'string' || before.status !== 'accepted')
    throw new Error(`nothing was dealt before ${name}: ${JSON.stringify(before)}`);

  const sinceBegun = elapsed();
  app.simulator!.setFaults(faults);
  const first = await open();
  if (state) await soon(() => states().includes(state));
  const foundAfterMs = state && sinceBegun();
  const meanwhile = await open();
  const closing = build.closePosition(before.dealId!, { waitMs: 0 });
  const close = await decided(0, () => trading.closePosition.mutate(closing)).catch((error: unknown) =>
    String(error),
  );
  const readable = (await trading.listPositions.query({})).positions.length > 0;

  const sinceBack = elapsed();
  if (state) app.simulator!.setFaults([]);
  if (state) await soon(() => states().at(-1) === 'up');
  const restoredAfterMs = state && sinceBack();
  const asked = [before, first, meanwhile].flatMap((deal) => (typeof deal === 'string' ? [] : [deal]));
  const all = typeof close === 'string' ? asked : [...asked, close];
  const lastOf = (id: string) =>
    events.items.flatMap((event) => (isDealEvent(event) && event.data.id === id ? [event] : [])).at(-1);
  const last = (id: string) => lastOf(id)?.type;
  await soon(() => all.every(({ id }) => /accepted|rejected|denied/.test(last(id) ?? '')));
  const decidedAfterMs = sinceBack();
  unsubscribe();
  const booked = Object.values(app.simulator!.snapshot().accounts).reduce<Record<string, number>>(
    (all, { deals }) => ({ ...all, ...deals }),
    {},
  );
  const accepted = asked.map(({ id, dealReference }) => ({
    ours: last(id) === 'deal.accepted' ? 1 : 0,
    theirs: booked[dealReference ?? ''] ?? 0,
  }));
  const inTheEnd = (deal: typeof first) => (typeof deal === 'string' ? deal : (last(deal.id) ?? deal.status));
  const why = (deal: typeof first) =>
    typeof deal === 'string' ? deal : (lastOf(deal.id)?.data.reason?.code ?? inTheEnd(deal));
  return {
    outage: name,
    told: states(),
    first: inTheEnd(first),
    meanwhile: why(meanwhile),
    close: why(close),
    readable,
    foundAfterMs,
    restoredAfterMs,
    decidedAfterMs,
    lost: accepted.filter((deal) => deal.ours > 0 !== deal.theirs > 0).length,
    doubled: accepted.filter(({ theirs }) => theirs > 1).length,
  };
}
