import { expect, onTestFinished, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createPasswordJudge } from './password-judge.ts';

function judge() {
  const judging = createPasswordJudge({ clock: createManualClock() });
  onTestFinished(() => judging.close());
  return judging;
}

test('common passwords, rows and repeats, and what is known of their owner are refused with why; unrelated words are not', async () => {
  const { weaknessOf } = judge();
  const reasonOf = async (password: string) =>
    /since (.*):/.exec((await weaknessOf(password, ['ann@example.com', 'Ann'])) ?? '')?.[1];
  expect(await reasonOf('password123')).toBe('it is one of the most common passwords');
  expect(await reasonOf('P@ssw0rd123')).toBe('it is nearly one of the most common passwords');
  expect(await reasonOf('ann@example.com')).toBe('it is made of your name or address');
  expect(await reasonOf('ftrader123')).toBe('it is made of your name or address');
  expect(await reasonOf('abcdefghijkl')).toBe('it is a simple row of characters');
  expect(await reasonOf('a'.repeat(200))).toBe('it repeats itself');
  expect(await reasonOf('trading2026')).toBe('a program guesses it soon');
  for (const good of ['correct horse battery', 'Tr0ub4dor&3', 'zufällig gewählt', '正しい馬の電池ホチキス'])
    expect(await weaknessOf(good, ['ann@example.com'])).toBeUndefined();
});

test('its thread ends when nobody asks for a minute, and starts anew', async () => {
  const clock = createManualClock();
  const judging = createPasswordJudge({ clock });
  onTestFinished(() => judging.close());
  const both = await Promise.all([
    judging.weaknessOf('password123', []),
    judging.weaknessOf('correct horse battery', []),
  ]);
  expect(both).toEqual([expect.any(String), undefined]);
  clock.advance(60_000);
  expect(await judging.weaknessOf('1234567890', [])).toMatch(/easy to guess/);
});
