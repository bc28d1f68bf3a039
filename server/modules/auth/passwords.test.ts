import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { cheapHash } from '../../testing/test-auth.ts';
import { createPasswords } from './passwords.ts';

const ids = createIds(systemClock);
const passwords = createPasswords({ ids, cost: cheapHash });

test('a password is known again by its hash, and nothing else is', async () => {
  const stored = await passwords.hash('correct horse');
  expect(await passwords.verify('correct horse', stored)).toEqual({ ok: true, outdated: false });
  for (const wrong of ['correct hors', 'Correct horse', '', stored])
    expect((await passwords.verify(wrong, stored)).ok).toBe(false);
});

test('the stored form is a PHC string at the cost chosen for production, new for each call', async () => {
  const real = createPasswords({ ids });
  const [one, two] = await Promise.all([real.hash('correct horse'), real.hash('correct horse')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(two);
});

test('a hash of the reference implementation is understood', async () => {
  // argon2 command line: echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 24 (test vector of the reference implementation)
  const stored = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect((await passwords.verify('password', stored)).ok).toBe(true);
});

test('a password typed as other code points of the same text is the same', async () => {
  expect((await passwords.verify('cafe\u0301 au lait', await passwords.hash('caf\u00e9 au lait'))).ok).toBe(
    true,
  );
});

test('a hash made at another cost still works and is called outdated', async () => {
  const stored = await createPasswords({ ids, cost: { ...cheapHash, passes: 2 } }).hash('correct horse');
  expect(await passwords.verify('correct horse', stored)).toEqual({ ok: true, outdated: true });
});

test('without a stored hash the answer is no', async () => {
  expect(await passwords.verify('correct horse', undefined)).toMatchObject({ ok: false });
});

test('beyond two at work and 64 waiting, callers are told when to come back; those waiting are served', async () => {
  const results = await Promise.allSettled(Array.from({ length: 67 }, () => passwords.hash('correct horse')));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(66);
  expect(results.at(-1)).toMatchObject({
    reason: { code: 'request.limited', options: { retryAfterMs: 1_000 } },
  });
  expect(await passwords.hash('again')).toBeTypeOf('string');
});
