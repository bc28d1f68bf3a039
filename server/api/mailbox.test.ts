// The mailbox of a server without SMTP: for whoever is at the machine, and for nobody in production.
import { expect, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { createMail } from '../mail/index.ts';
import { startEdge } from '../testing/edge.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { router } from '../trpc/init.ts';

async function mailboxOf({ production = false, smtpUrl }: { production?: boolean; smtpUrl?: string } = {}) {
  const clock = createManualClock();
  const mail = createMail({ smtpUrl, from: 'a@example.org', production, clock, logger: silentLogger });
  const app = await startEdge({ router: router({}), table: [], over: { letters: mail.kept } });
  return { mail, app };
}
const letter = { to: 'ann@example.com', subject: 'A code', text: 't', html: 'h' };

test('on this machine it is read; what a proxy forwards, a caller elsewhere and another method are refused', async () => {
  const { mail, app } = await mailboxOf();
  await using _app = app;
  await mail.send(letter);
  expect(await app.ask('/mailbox')).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'no-store' },
    json: { letters: [{ ...letter, from: 'a@example.org', sentAt: expect.any(String) }] },
  });
  expect(await app.ask('/mailbox', { headers: { 'x-forwarded-for': '203.0.113.9' } })).toMatchObject({
    status: 401,
    json: { code: 'auth.required' },
  });
  expect((await app.ask('/mailbox', { method: 'DELETE' })).status).toBe(405);
});

test.each([{ production: true }, { smtpUrl: 'smtp://127.0.0.1:1' }])(
  'there is none with %j',
  async (settings) => {
    const { app } = await mailboxOf(settings);
    await using _app = app;
    expect(await app.ask('/mailbox')).toMatchObject({
      status: 404,
      json: { code: 'request.unknown_path' },
    });
  },
);
