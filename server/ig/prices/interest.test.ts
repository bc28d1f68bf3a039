import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createInterestTable, readInterest } from './interest.ts';
import { defaultGatewayLimits } from '../limits.ts';

const { interestLapseMs: lapseMs, interestLingerMs: lingerMs } = defaultGatewayLimits;
const [a, b, c] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP', 'IX.D.FTSE.CFD.IP'] as const;
function arrange() {
  const clock = createManualClock();
  const table = createInterestTable({ clock, limits: defaultGatewayLimits });
  return {
    clock,
    table,
    say: (source: string, ...epics: string[]) => table.update({ source, feed: 'simulated', epics }),
  };
}

test('an epic is wanted while any source names it, and lingers after the last one left', () => {
  const { clock, table, say } = arrange();
  say('one', a, b);
  say('two', b);
  expect(table.wanted()).toEqual([a, b]);
  say('one');
  clock.advance(1_000);
  expect(table.wanted()).toEqual([b, a]); // watched ones first
  say('two', b);
  clock.advance(lingerMs);
  say('two', b);
  expect(table.wanted()).toEqual([b]);
});
test('a source that falls silent lapses', () => {
  const { clock, table, say } = arrange();
  say('one', a);
  say('two', b);
  table.wanted();
  clock.advance(lapseMs - 1);
  say('two', b);
  expect(table.wanted()).toEqual([a, b]);
  clock.advance(lingerMs);
  say('two', b);
  expect(table.wanted()).toEqual([b]);
});
test('only what a source did not watch before is new', () => {
  const { say } = arrange();
  expect(say('one', a)).toEqual([a]);
  expect(say('one', a, b)).toEqual([b]);
  expect(say('two', a)).toEqual([a]);
});
test('the longest watched come first, also after others were repeated', () => {
  const { table, say } = arrange();
  say('one', c);
  table.wanted();
  say('two', a, b);
  say('one', c);
  expect(table.wanted()).toEqual([c, a, b]);
});
test('open positions come before working orders, those before alerts, and those before what is watched, however long', () => {
  const { clock, table, say } = arrange();
  const [d, e] = ['CS.D.GBPUSD.CFD.IP', 'CS.D.AUDUSD.CFD.IP'] as const;
  say('watcher', a, b);
  table.wanted();
  clock.advance(1_000);
  for (const [of, epics] of [
    ['alerts', [e, a]],
    ['orders', [c]],
    ['positions', [d]],
  ] as const)
    table.update({ source: of, feed: 'simulated', epics: [...epics], class: of });
  expect(table.wanted()).toEqual([d, c, a, e, b]);
  for (const of of ['positions', 'alerts'] as const)
    table.update({ source: of, feed: 'simulated', epics: [], class: of });
  expect(table.wanted()).toEqual([c, a, b, e, d]); // a is watched still; e and d linger
});
test('what another release says of its interest counts as watching where its class is unknown, and breaks nothing where all is', () => {
  const message = { source: 'one', feed: 'simulated', epics: [a] };
  expect(readInterest(message)).toEqual({ ...message, class: 'watchers' });
  expect(readInterest({ ...message, class: 'weather', more: 1 })).toEqual({ ...message, class: 'watchers' });
  expect(readInterest({ ...message, class: 'orders' })).toEqual({ ...message, class: 'orders' });
  for (const other of [{ ...message, epics: 'all' }, { feed: 'simulated', wants: [a] }, null, 'x'])
    expect(readInterest(other)).toBeUndefined();
});
test('what is no epic is not passed to the venue', () => {
  const { table, say } = arrange();
  say('one', a, 'x', 'CS.D.<script>', '#', 'A B');
  expect(table.wanted()).toEqual([a]);
});
