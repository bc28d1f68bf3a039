import { expect, test } from 'vitest';
import { createCanaries } from './canaries.ts';

const secret = 'CANARY "quoted" +/é& word';

test.each([
  ['as it is', `before ${secret} after`],
  ['in JSON', JSON.stringify({ secret })],
  ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ secret }) })],
  ['in a URL', `/accounts?password=${encodeURIComponent(secret)}`],
  ['in a form', new URLSearchParams({ secret }).toString()],
  ['in base64', Buffer.from(`a${secret}`).toString('base64')],
  ['in base64', Buffer.from(`ab${secret}z`).toString('base64')],
  ['in base64url', Buffer.from(`abc${secret}zz`).toString('base64url')],
  ['in hex', Buffer.from(secret).toString('hex')],
])('a secret %s is found: %s', (form, text) => {
  const canaries = createCanaries({ password: secret });
  canaries.wrote('logs', text);
  expect(canaries.find()).toContainEqual({ canary: 'password', form, where: 'logs' });
});

test('what is no secret is not one, and a secret too short to be told from chance is refused', () => {
  const canaries = createCanaries({ password: secret });
  canaries.wrote('logs', 'CANARY "quoted" something else');
  expect(canaries.find()).toEqual([]);
  expect(() => createCanaries({ password: 'short' }).find()).toThrow('too short');
});
