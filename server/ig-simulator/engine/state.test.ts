import { expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import { chunkLength } from './persistent.ts';
import { restoreState, stateHash, stateText } from './state-text.ts';
import { decisionsOf, cashOf, emptyState, evolve, maxHistory } from './state.ts';
import { createWorld, eurusd, reasonOf } from './test-world.ts';

test('the history is bounded: what goes is brought forward, and its references may be used again', () => {
  const world = createWorld();
  world.open({ dealReference: 'early' });
  for (let i = 0; i < maxHistory; i++) world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '0.01' });
  const { cash, broughtForward } = world.account();
  const kept = [...decisionsOf(world.state, 'CFD1')];
  expect(kept.length).toBe(maxHistory - chunkLength + 2);
  expect(decimal.add(broughtForward, kept.map(cashOf).reduce(decimal.add))).toBe(cash);
  expect(cash).toBe(decimal.add('100000', decimal.multiply('0.01', String(maxHistory))));
  expect(world.account().references.get('early')).toBeUndefined();
  expect(reasonOf(world.open({ dealReference: 'early' }))).toBe('SUCCESS');
  expect(stateHash(restoreState(stateText(world.state)))).toBe(stateHash(world.state));
});

test('a reference whose older deal the history has dropped is still the newer deal’s', () => {
  const world = createWorld();
  const again = { dealReference: 'again' };
  world.open(again);
  for (let i = 0; i < maxHistory / 2; i++)
    world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '0.01' });
  const newer = world.open(again, { duplicateCheckOff: true });
  for (let i = 0; i < maxHistory / 2; i++)
    world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '0.01' });
  expect(world.account().references.get('again')).toBe(newer);
  expect(reasonOf(world.open(again))).toBe('DUPLICATE_ORDER_ERROR');
});

test('the text is the same with a memo of earlier texts as without', () => {
  const world = createWorld();
  const memo = new WeakMap<object, string>();
  for (let i = 0; i < 300; i++) {
    world.open({ size: '1', direction: i % 2 ? 'BUY' : 'SELL', forceOpen: false });
    if (i % 50 === 0) expect(stateText(world.state, memo)).toBe(stateText(world.state));
  }
  expect(stateText(world.state, memo)).toBe(stateText(world.state));
});

test('earlier states stay as they were, and the same commands give the same hash', () => {
  const run = () => {
    const world = createWorld();
    const early = world.state;
    const hash = stateHash(early);
    world.open({ stopDistance: '10' });
    world.open({ accountId: 'CFD2' });
    world.set(eurusd, '1.16', '1.16006');
    expect(stateHash(early)).toBe(hash);
    return stateHash(world.state);
  };
  expect(run()).toBe(run());
});

test('a decision that does not fit is no decision of this journal', () => {
  const world = createWorld();
  const opened = world.open();
  const closed = world.close(opened.dealId);
  expect(() => evolve(emptyState, opened)).toThrow('no account CFD1');
  expect(() => evolve(world.state, closed)).toThrow(`no position or order ${opened.dealId}`);
  expect(() => evolve(world.state, world.log[0]!)).toThrow('account CFD1 exists');
});
