import { expect, test } from 'vitest';
import type { DealingSwitch } from '../../../client/index.ts';
import { ownScope, switchSentence } from './switch-words.ts';

const set = (more: Partial<DealingSwitch>): DealingSwitch => ({
  scope: 'account',
  dealingState: 'halted',
  by: 'owner',
  at: new Date(),
  reason: null,
  ...more,
});

test.each<[Partial<DealingSwitch>, RegExp, ReturnType<typeof ownScope>]>([
  [{ reason: 'my model' }, /^This account, set by you at [\d:]+: “my model”$/, 'account'],
  [
    { scope: 'user', by: 'dead_man' },
    /^All your accounts, set by the dead-man’s switch at [\d:]+, no reason given$/,
    'user',
  ],
  [{ scope: 'administrator', by: 'administrator' }, /^All your accounts, set by an administrator/, undefined],
  [{ scope: 'everything', by: 'administrator' }, /^Every account here, set by an administrator/, undefined],
  [{ scope: 'flatten' }, /^Everything on this account is being closed/, undefined],
])('%j is told with whose it is, and is taken back by its owner only', (more, said, scope) => {
  expect(switchSentence(set(more))).toMatch(said);
  expect(ownScope(set(more))).toBe(scope);
});
