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

test('whoever cannot wait for a part that hangs still closes what would outlive the process, in the same order, and nothing else', async () => {
  const lifecycle = createLifecycle(silentLogger);
  const closed: string[] = [];
  lifecycle.onClose('lock', () => closed.push('lock'), { outlivesUs: true });
  lifecycle.onClose('bus', () => closed.push('bus'));
  lifecycle.onClose('postgres', () => closed.push('postgres'), { outlivesUs: true });
  lifecycle.onClose('api', () => new Promise(() => undefined));
  void lifecycle.close();
  await Promise.all([lifecycle.end(), lifecycle.end()]);
  expect(closed).toEqual(['postgres', 'lock']);
});

test('a part that would outlive the process and is being closed is waited for', async () => {
  const lifecycle = createLifecycle(silentLogger);
  const stopped = Promise.withResolvers<void>();
  const closed: string[] = [];
  lifecycle.onClose('lock', () => closed.push('lock'), { outlivesUs: true });
  lifecycle.onClose('postgres', () => stopped.promise.then(() => closed.push('postgres')), {
    outlivesUs: true,
  });
  void lifecycle.close();
  const ended = lifecycle.end();
  stopped.resolve();
  await ended;
  expect(closed).toEqual(['postgres', 'lock']);
});
