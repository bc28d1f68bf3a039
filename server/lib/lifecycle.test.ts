// Closing: reverse order, once, and never stopped by one bad part.
import { expect, test } from 'vitest';
import { createLifecycle } from './lifecycle.ts';
import { silentLogger } from './logger.ts';

test('parts close once, in reverse order, also when one of them throws', async () => {
  const lifecycle = createLifecycle(silentLogger);
  const closed: string[] = [];
  lifecycle.onClose('database', () => closed.push('database'));
  lifecycle.onClose('bus', () => {
    throw new Error('already gone');
  });
  lifecycle.onClose('api', async () => closed.push('api'));
  await Promise.all([lifecycle.close(), lifecycle.close()]);
  expect(closed).toEqual(['api', 'database']);
});
