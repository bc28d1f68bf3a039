// What the audit row of every mutation keeps, with none left out, and that no secret is among it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import { factsOf, fieldsOf, maxFactsBytes, secretsOf } from '../trpc/recorded.ts';
import type { ProcedureMeta } from '../trpc/init.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';

const router = describeRouter();
const mutations = listProcedures(router).filter(({ type }) => type === 'mutation');
const recordingOf = (name: string) =>
  (router._def.procedures as unknown as Record<string, { _def: { meta: ProcedureMeta } }>)[name]!._def.meta
    .recording;

/** `answer`: all of it, without secrets; `part`: what says enough of it. `before`: what stood before as well. */
type Kept = 'answer' | 'part' | 'before, answer' | 'before, part';
const table: Record<string, Kept> = {
  'auth.register': 'answer',
  'auth.login': 'answer',
  'auth.refresh': 'answer',
  'auth.logout': 'answer',
  'auth.verifyEmail': 'answer',
  'auth.resendVerification': 'answer',
  'auth.requestPasswordReset': 'answer',
  'auth.resetPassword': 'answer',
  'auth.changePassword': 'answer',
  'auth.revokeSession': 'before, answer',
  'auth.createApiKey': 'answer',
  'auth.revokeApiKey': 'before, answer',
  'auth.logoutEverywhere': 'answer',
  'auth.startTotp': 'answer',
  'auth.confirmTotp': 'answer',
  'auth.disableTotp': 'answer',
  'auth.regenerateRecoveryCodes': 'answer',
  'auth.stepUp': 'answer',
  'users.updateProfile': 'before, answer',
  'users.requestEmailChange': 'answer',
  'users.confirmEmailChange': 'before, answer',
  'users.deleteAccount': 'answer',
  'accounts.connect': 'part',
  'accounts.test': 'answer',
  'accounts.setDefault': 'before, answer',
  'accounts.update': 'before, answer',
  'accounts.updateCredentials': 'answer',
  'accounts.enableLiveDealing': 'before, answer',
  'accounts.disableLiveDealing': 'before, answer',
  'accounts.setFault': 'part',
  'accounts.disconnect': 'before, answer',
  'marketData.createWatchlist': 'answer',
  'marketData.updateWatchlist': 'before, answer',
  'marketData.deleteWatchlist': 'before, answer',
  'marketData.importWatchlists': 'answer',
  'trading.openPosition': 'part',
  'trading.closePosition': 'part',
  'trading.amendPosition': 'part',
  'trading.placeOrder': 'part',
  'trading.amendOrder': 'part',
  'trading.cancelOrder': 'part',
  'trading.reconcile': 'answer',
  'trading.setRiskLimits': 'before, part',
  'trading.setDealingState': 'before, part',
  'trading.setTarget': 'part',
  'trading.closeAll': 'part',
  'trading.cancelAll': 'part',
  'trading.flatten': 'part',
  'trading.armDeadMan': 'before, part',
  'trading.disarmDeadMan': 'before, part',
  'portfolio.create': 'answer',
  'portfolio.setPrices': 'before, part',
  'portfolio.update': 'before, answer',
  'portfolio.delete': 'before, answer',
  'portfolio.addTransaction': 'answer',
  'portfolio.reverseTransaction': 'answer',
  'portfolio.importPreview': 'part',
  'portfolio.importCommit': 'answer',
  'notifications.markRead': 'part',
  'notifications.markUnread': 'part',
  'notifications.archive': 'part',
  'notifications.unarchive': 'part',
  'notifications.markAllRead': 'answer',
  'notifications.setPreferences': 'before, answer',
  'notifications.createWebhook': 'answer',
  'notifications.updateWebhook': 'before, answer',
  'notifications.deleteWebhook': 'before, answer',
  'notifications.rotateWebhookSecret': 'answer',
  'notifications.testChannel': 'answer',
  'notifications.redeliver': 'before, answer',
  'notifications.createAlert': 'answer',
  'notifications.updateAlert': 'before, answer',
  'notifications.deleteAlert': 'before, answer',
  'signals.create': 'answer',
  'signals.update': 'before, answer',
  'signals.delete': 'before, answer',
  'signals.receive': 'part',
  'admin.setRole': 'before, answer',
  'admin.disableUser': 'before, answer',
  'admin.enableUser': 'before, answer',
  'admin.revokeSessions': 'before, answer',
  'admin.redriveJob': 'answer',
  'admin.haltDealing': 'before, answer',
  'admin.resumeDealing': 'before, answer',
};

test('every mutation records what this table says', () => {
  const found = mutations.map(({ name }) => {
    const { before, after } = recordingOf(name) ?? {};
    return [name, `${before ? 'before, ' : ''}${after ? 'part' : 'answer'}`];
  });
  expect(Object.fromEntries(found)).toEqual(table);
});

/** What sounds like a secret and is none: why a deal was refused, and the key under which a signal was dealt. */
const isOpen = (name: string, field: string) =>
  field === 'brokerCode' ||
  (field === 'code' && /^(trading|signals)\./.test(name)) ||
  (field === 'idempotencyKey' && name === 'signals.receive');

test('whatever sounds like a secret in the answer of a mutation is marked as one', () => {
  const told = mutations.flatMap(({ name, output }) => {
    if (!output) return [];
    const secrets = secretsOf(output);
    const names = new Set(fieldsOf(output).map(([field]) => field));
    return [...names]
      .filter((field) => /password|token|secret|otp|key$|codes?$|hash|url/i.test(field))
      .filter((field) => !secrets.has(field) && !isOpen(name, field))
      .map((field) => `${name} ${field}`);
  });
  expect(told).toEqual([]);
});

test('a field that is marked is left out at any depth, whatever is around it; what is too long is told by its size', () => {
  const Answer = z.object({
    name: z.string(),
    made: z.union([
      z.object({ code: secret(z.string()) }).nullable(),
      z.array(z.object({ pin: secret(z.string()).optional() })),
    ]),
  });
  const secrets = secretsOf(Answer);
  expect([...secrets].sort()).toEqual(['code', 'pin']);
  const kept = (made: unknown) => factsOf({ name: 'a\0b\ud800', made }, secrets);
  expect(kept({ code: 'x', at: new Date(0) })).toBe(
    '{"name":"a\ufffdb\ufffd","made":{"at":"1970-01-01T00:00:00.000Z"}}',
  );
  expect(kept([{ pin: 'x', password: 'y', rest: 1 }])).toBe('{"name":"a\ufffdb\ufffd","made":[{"rest":1}]}');
  expect(factsOf('x'.repeat(maxFactsBytes - 2))).toHaveLength(maxFactsBytes);
  expect(factsOf('é'.repeat(maxFactsBytes / 2))).toBe('{"leftOut":{"bytes":8194}}');
  expect(factsOf(null)).toBeUndefined();
});
