import { expect, test } from 'vitest';
import { oncePerKey } from './once-per-key.ts';

/** Requests under keys, with what stands for a key kept here. */
function kept(done: { requestHash: string; n: number }[] = []) {
  let performed = 0;
  const ask = (requestHash: string, perform: () => Promise<string | undefined>) =>
    oncePerKey({
      requestHash,
      found: Promise.resolve(done[0]),
      find: async () => done[0],
      replay: async ({ n }) => `again ${n}`,
      perform: () => (performed++, perform()),
      reused: 'trading.key_reused',
    });
  return { ask, done, performed: () => performed };
}

test('a new key is performed, the same request under it is answered again, and nothing is done twice', async () => {
  const { ask, done, performed } = kept();
  const perform = async () => `did ${done.push({ requestHash: 'h', n: 1 })}`;
  expect([await ask('h', perform), await ask('h', perform)]).toEqual(['did 1', 'again 1']);
  expect(performed()).toBe(1);
});

test('another request under a used key is refused before anything is done', async () => {
  const { ask, performed } = kept([{ requestHash: 'h', n: 1 }]);
  await expect(ask('other', async () => 'done')).rejects.toMatchObject({ code: 'trading.key_reused' });
  expect(performed()).toBe(0);
});

test('of two at the same moment the slower one gets the answer of the faster, or its refusal', async () => {
  const { ask, done } = kept();
  const tooSlow = async () => void done.splice(0, 1, { requestHash: 'h', n: 7 });
  expect(await ask('h', tooSlow)).toBe('again 7');
  done.length = 0;
  await expect(ask('other', tooSlow)).rejects.toMatchObject({ code: 'trading.key_reused' });
});
