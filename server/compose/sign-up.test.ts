// Who may sign up, by the settings and by the roles of a process.
import { expect, test } from 'vitest';
import { createFTraderClient, errorOf } from '../../client/index.ts';
import { readConfig } from '../config.ts';
import * as build from '../testing/build.ts';
import { testApp } from '../testing/test-app.ts';
import { registrationClosed } from './auth.ts';

test('nobody signs up where no code can reach them: not with REGISTRATION=off, and without SMTP_URL only beside a mailbox', () => {
  const closed = (env: Record<string, string>, hasMailbox: boolean) =>
    registrationClosed(readConfig({ NODE_ENV: 'test', ...env }), { hasMailbox });
  const smtp = { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'ftrader@example.org' };
  expect(closed({}, true)).toBeUndefined();
  expect(closed(smtp, false)).toBeUndefined();
  expect(closed({}, false)).toContain('sends no mail');
  expect(closed({ ...smtp, REGISTRATION: 'off' }, true)).toContain('by themselves');
});

test('an API process without the worker says that nobody signs up there, where mail would stay in the worker’s memory', async () => {
  await using app = await testApp({ roles: ['api'] });
  const { api } = createFTraderClient({ url: app.url });
  expect((await api.system.status.query()).signUp).toMatchObject({ open: false, mailbox: false });
  expect(await api.auth.register.mutate(build.newcomer).catch(errorOf)).toMatchObject({
    code: 'auth.registration_closed',
    message: expect.stringContaining('sends no mail'),
  });
});
