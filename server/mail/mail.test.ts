// Mail over a real SMTP server, and into the mailbox without one.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { startSmtpServer } from '../testing/smtp-server.ts';
import { createMail } from './index.ts';

const letter = { to: 'ann@example.com', subject: 'A code', text: 'the text: ä\n', html: '<p>the page</p>' };
const mailOf = (over: Partial<Parameters<typeof createMail>[0]> = {}) =>
  createMail({
    smtpUrl: undefined,
    from: 'FTrader <no-reply@example.org>',
    production: false,
    clock: createManualClock(),
    logger: silentLogger,
    ...over,
  });

test('a letter leaves over SMTP as text and HTML, from whom the settings say; one that was refused is no success', async () => {
  await using smtp = await startSmtpServer();
  const mail = mailOf({ smtpUrl: smtp.url });
  smtp.refuse(1);
  await expect(mail.send(letter)).rejects.toThrow('come back later');
  await mail.send(letter);
  expect(smtp.taken).toMatchObject([{ from: 'no-reply@example.org', to: [letter.to] }]);
  const { raw } = smtp.taken[0]!;
  expect(raw).toMatch(/^From: FTrader <no-reply@example.org>/m);
  expect(raw).toMatch(/^Subject: A code/m);
  expect(raw).toContain('multipart/alternative');
  expect(raw).toContain('the text: =C3=A4');
  expect(raw).toContain(letter.html);
  expect(mail.kept()).toBeNull();
  mail.close();
});

test('a letter with a line break in its address or subject adds no header and no recipient', async () => {
  await using smtp = await startSmtpServer();
  const mail = mailOf({ smtpUrl: smtp.url });
  await mail.send({ ...letter, subject: 'A code\r\nBcc: eve@example.com' });
  expect(smtp.taken).toMatchObject([{ to: [letter.to] }]);
  expect(smtp.taken[0]!.raw).not.toMatch(/^Bcc/m);
  mail.close();
});

test('a letter that is not wanted any more is cut off, whatever the server does', async () => {
  const left = Promise.withResolvers<void>();
  const cutOff = new AbortController();
  const server = createServer((socket) => {
    socket.write('220 hello\r\n');
    socket.once('data', () => cutOff.abort());
    socket.on('error', () => undefined).on('close', left.resolve);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const mail = mailOf({ smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await expect(mail.send(letter, cutOff.signal)).rejects.toThrow();
  await left.promise;
  await expect(mail.send(letter, cutOff.signal)).rejects.toThrow();
  server.close();
});

test('a password for another host does not travel without TLS', async () => {
  await using smtp = await startSmtpServer();
  // An address of this machine that is no loopback one.
  const mail = mailOf({ smtpUrl: `smtp://ann:secret@0.0.0.0:${smtp.port}` });
  await expect(mail.send(letter)).rejects.toThrow(/TLS/);
  expect(smtp.taken).toEqual([]);
  mail.close();
});

test('without SMTP the newest 100 letters are kept; in production none is, and none is sent', async () => {
  const mail = mailOf();
  for (let n = 1; n <= 101; n++) await mail.send({ ...letter, subject: `${n}` });
  const kept = mail.kept()!;
  expect([kept.length, kept[0]!.subject, kept.at(-1)!.subject]).toEqual([100, '101', '2']);
  const production = mailOf({ production: true });
  await production.send(letter);
  expect(production.kept()).toBeNull();
});
