// A real SMTP server that a test starts: what it took over, and how to have it refuse.
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface TakenMail {
  from: string;
  to: string[];
  /** As it came over the wire. */
  raw: string;
}

/** On a free port. It offers no TLS. */
export async function startSmtpServer() {
  const taken: TakenMail[] = [];
  const waiting: (() => void)[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth: (_login, _session, done) => done(null, { user: 'anybody' }),
    onData(stream, { envelope }, done) {
      void text(stream).then((raw) => {
        if (refusals-- > 0) return done(Object.assign(new Error('come back later'), { responseCode: 451 }));
        const { mailFrom, rcptTo } = envelope;
        taken.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw,
        });
        done();
        for (const wake of waiting.splice(0)) wake();
      }, done);
    },
  });
  server.on('error', () => undefined); // of a connection whose client was killed
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    taken,
    /** The next ones are refused for the moment. */
    refuse(count: number) {
      refusals = count;
    },
    /** Resolves when it has taken over so many. */
    async took(count: number): Promise<void> {
      while (taken.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
