// From a mutation to the mail on a real SMTP server: PostgreSQL, pg-boss and SMTP as in production.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { users } from '../../../drizzle/schema/index.ts';
import { createJobs } from '../../jobs/index.ts';
import { createLogger, silentLogger, type Logger } from '../../lib/logger.ts';
import { createMail } from '../../mail/index.ts';
import * as build from '../../testing/build.ts';
import { startSmtpServer } from '../../testing/smtp-server.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { mailJob } from './mails.ts';

const { email, password } = build.newcomer;
type App = Awaited<ReturnType<typeof testAuth>>;
const mailTo = ({ clock }: App, smtpUrl: string, logger: Logger) =>
  createMail({ smtpUrl, from: 'a@example.org', production: false, clock, logger });
/** As a process of its own has them; its jobs are to be started. */
function processOf(app: App, smtpUrl: string, logger = silentLogger) {
  const jobs = createJobs({ databaseUrl: app.databaseUrl, logger });
  const mail = mailTo(app, smtpUrl, logger);
  const mails = jobs.define({
    ...mailJob,
    about: 'mails',
    retryDelaySeconds: 0,
    run: (order) => auth.sendMail(order),
  });
  const auth = app.startProcess({ logger, mails, sendLetter: mail.send });
  return {
    jobs,
    auth,
    async close() {
      await jobs.close();
      await auth.close();
      mail.close();
    },
  };
}
/** Lines are folded as quoted-printable. */
const codeIn = (raw: string) => /^ {4}([\w-]{43})\r?$/m.exec(raw.replaceAll(/=\r?\n/g, ''))?.[1];

test('a mail whose process died, and which the mail server refused at first, goes out once another process works; its code stands in no queue, table or log', async () => {
  await using app = await testAuth();
  await using smtp = await startSmtpServer();
  const dying = processOf(app, smtp.url);
  await dying.jobs.start({ work: false });
  await dying.auth.router.createCaller(build.context()).register(build.newcomer);
  await dying.close();
  expect(smtp.taken).toEqual([]);

  smtp.refuse(1);
  let log = '';
  const destination = new Writable({
    write(chunk, _encoding, written) {
      log += String(chunk);
      written();
    },
  });
  const worker = processOf(app, smtp.url, createLogger({ level: 'trace', pretty: false, destination }));
  await worker.jobs.start({ work: true });
  await smtp.took(1);
  const [mail] = smtp.taken;
  expect(mail?.to).toEqual([email]);
  const code = codeIn(mail!.raw)!;
  const { rows } = await app.database.pool.query<{ row: string }>(
    'select to_jsonb(j)::text as row from pgboss.job j union all select to_jsonb(c)::text from registrations c',
  );
  expect(rows.map(({ row }) => row).join()).toContain('registration');
  expect(rows.map(({ row }) => row).join()).not.toContain(code);
  await worker.auth.router.createCaller(build.context()).verifyEmail({ code, password });
  expect(await app.database.db.select().from(users)).toMatchObject([{ email }]);
  expect(log).not.toContain(code);
  await worker.close();
});

test('what did not happen sends no mail', async () => {
  await using app = await testAuth();
  await using smtp = await startSmtpServer();
  const worker = processOf(app, smtp.url);
  await worker.jobs.start({ work: true });
  const call = worker.auth.router.createCaller(build.context());
  await call.register(build.newcomer);
  await smtp.took(1);
  // The order stands in the transaction of the mutation: there is none without its row.
  await app.database.pool.query(`alter table registrations add check (email like 'ann%') not valid`);
  await expect(call.register({ ...build.newcomer, email: 'bob@example.com' })).rejects.toThrow();
  const { rows } = await app.database.pool.query(`select data from pgboss.job where name = $1`, [
    mailJob.name,
  ]);
  expect(rows).toEqual([{ data: { kind: 'registration', email, id: expect.any(String) } }]);
  await worker.close();
});
