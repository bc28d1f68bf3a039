// Every fault of the simulator that can strike a connected account: how it is set, and what its user is told; or the test that has it. How one is suffered: fault-run.ts.
import type { FaultName } from '../ig-simulator/index.ts';
import type { FaultSetting } from '../ig-simulator/faults/settings.ts';
import { epic } from './crash/kinds.ts';

/** Suffered on a clock of the test, over REST alone: what is only told by the stream is told by nobody then. */
export interface Suffered {
  setting: Omit<FaultSetting, 'name'>;
  /** What is told of the account meanwhile; null: it is no trouble of the account. */
  state: 'read_only' | 'offline' | null;
  /** What becomes of an opening that is asked for in the midst of it: its last status, or the reason against it. */
  open: string;
  /** The same of a close; left out: whatever, but never that the account is not available. */
  close?: string;
}
/** A file, and words that are in it. */
export interface Elsewhere {
  file: string;
  says: string;
  /** What that shows. */
  shows: string;
}

const requests: FaultSetting['on'] = ['open', 'close', 'read', 'login'];
const longMs: [number, number] = [3_600_000, 3_600_000];
const passes = (setting: Suffered['setting'] = {}, open = 'accepted'): Suffered => ({
  setting,
  state: null,
  open,
});
const away = (setting: Suffered['setting'] = {}): Suffered => ({
  setting: { on: requests, ...setting },
  state: 'offline',
  open: 'account_unavailable',
});
const market: Suffered = { setting: { epic }, state: null, open: 'market_not_tradeable' };
const stream = (file: string, says: string, shows: string): Elsewhere => ({ file, says, shows });
const outages = 'server/testing/outages.ts';
const anyOrder = 'the news of a deal comes in any order and any number of times, and each is applied once';
const events = 'server/modules/trading/evidence/account-events.test.ts';

export const faultRows: Record<FaultName, Suffered | Elsewhere> = {
  'time-out-before': away(),
  'accept-then-time-out': passes({ on: ['open'], count: 1 }),
  'delayed-execution': passes({ on: ['open'], count: 1, ms: [5_000, 5_000] }),
  'delayed-after-reset': passes({ on: ['open'], count: 1, ms: [5_000, 5_000] }),
  slow: passes({ on: ['open', 'close'], ms: [1_000, 1_000] }),
  'reset-before': away(),
  'reset-after': passes({ on: ['open'], count: 1 }),
  '5xx-before': away(),
  '5xx-after': passes({ on: ['open'], count: 1 }),
  'malformed-json-before': away(),
  'malformed-json-after': passes({ on: ['open'], count: 1 }),
  'html-before': away(),
  'html-after': passes({ on: ['open'], count: 1 }),
  'empty-200-after': passes({ on: ['open'], count: 1 }),
  'empty-405': passes({ count: 3 }),
  'expired-before': passes({ on: ['open'], count: 1 }),
  'throttled-before': passes({ on: ['open'], count: 1 }),
  'late-confirm': passes({ ms: [5_000, 5_000] }),
  'lost-confirm': passes(),
  'doubled-confirm': passes(),
  'reordered-confirm': passes(),
  'confirm-first': stream(events, 'in whatever order', anyOrder),
  'opu-first': stream(events, 'in whatever order', anyOrder),
  'late-opu': passes({ ms: [5_000, 5_000] }),
  'lost-opu': passes(),
  'doubled-opu': stream(events, 'delivered again changes nothing', anyOrder),
  'late-wou': stream(events, 'in whatever order', anyOrder),
  'lost-wou': stream(events, 'in whatever order', anyOrder),
  'doubled-wou': stream(events, 'delivered again changes nothing', anyOrder),
  'duplicate-check-off': passes(),
  'suspended-mid-order': { setting: { epic, ms: [2_000, 2_000] }, state: null, open: 'broker_refused' },
  'create-refused': stream(outages, "name: 'create-refused'", 'degraded, and dealt on'),
  'recovery-refused': stream(
    'server/ig/stream/session.ts',
    'setSessionRecoveryTimeout(0)',
    'it cannot strike: no session is ever recovered, each connection is new',
  ),
  mute: stream(outages, "name: 'mute'", 'subscribed anew; no trouble of the account'),
  'stream-drop': stream(outages, "name: 'stream-drop'", 'connected again; no trouble of the account'),
  'stream-loop': stream(outages, "name: 'stream-loop'", 'connected again; no trouble of the account'),
  'stream-end': stream(outages, "name: 'stream-end'", 'connected again; no trouble of the account'),
  'stalled-socket': stream(outages, "name: 'stalled-socket'", 'degraded, and dealt on'),
  'crossed-quotes': passes({ epic }),
  'price-gap': passes({ epic, points: 50 }),
  suspended: market,
  'edits-only': { ...market, close: 'broker_refused' },
  'closings-only': { ...market, close: 'accepted' },
  closed: market,
  offline: market,
  auction: market,
  maintenance: { setting: { ms: longMs }, state: 'offline', open: 'account_unavailable' },
  'dealing-suspended': { setting: {}, state: 'read_only', open: 'account_unavailable' },
  'clock-skew': passes({ skewMs: 3_600_000 }),
};
