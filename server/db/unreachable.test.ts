import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { expect, inject, onTestFinished, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { certificate as cert, certificateKey as key } from '../testing/certificate.ts';
import { migrate } from './migrate.ts';

/** What a start says that is given this address. */
const said = (url: string) =>
  migrate(url, { logger: silentLogger }).then(
    () => 'it works',
    (error: Error) => error.message,
  );

/** The address of a server that does `talk` with whoever connects. */
async function serverThat(talk: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => void talk(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an address where nothing listens, or that is no name, is named with what to change', async () => {
  const free = await serverThat(() => undefined);
  const [host, port] = free.split(':');
  const closed = createServer();
  await once(closed.listen(0, host), 'listening');
  const { port: gone } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  expect(port).not.toBe(String(gone));
  expect(await said(`postgres://someone:secret@${host}:${gone}/shop`)).toBe(
    `DATABASE_URL (or DB_HOST and its like): PostgreSQL at 127.0.0.1:${gone}/shop: nothing listens there. Start that server, or correct the address.`,
  );
  expect(await said('postgres://someone:secret@no.such.invalid/shop')).toMatch(
    /^DATABASE_URL .* at no\.such\.invalid:5432\/shop: .*Correct the address/,
  );
});

test('a database that is not there is named, with how to make it', async () => {
  const url = Object.assign(new URL(inject('databaseUrl')), { pathname: 'not_there' });
  expect(await said(url.href)).toContain(
    'it has no database "not_there". Make it there: createdb not_there.',
  );
});

test('a server that speaks no TLS is named where sslmode asks for it', async () => {
  const url = new URL(inject('databaseUrl'));
  url.searchParams.set('sslmode', 'require');
  expect(await said(url.href)).toContain('it speaks no TLS. Write sslmode=disable into the address');
});

test('a certificate of an authority of one’s own says what to add to the address', async () => {
  const at = await serverThat((socket) => {
    socket.once('data', () => {
      socket.write('S'); // yes to the request for TLS
      new TLSSocket(socket, { isServer: true, key, cert }).on('error', () => undefined);
    });
  });
  expect(await said(`postgres://someone@${at}/shop?sslmode=require`)).toContain(
    'Add sslrootcert=/path/to/that/authority.pem to the address; sslmode=no-verify takes any certificate.',
  );
});
