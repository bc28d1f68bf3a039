import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect, inject, onTestFinished, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { temporaryFolder } from '../testing/processes.ts';
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

/** The address of a server that shows this certificate, and no more. */
const serverWith = (cert: string) =>
  serverThat((socket) => {
    socket.once('data', () => {
      socket.write('S'); // yes to the request for TLS
      new TLSSocket(socket, { isServer: true, key, cert }).on('error', () => undefined);
    });
  });

test('a certificate of an authority of one’s own says what to add to the address', async () => {
  const at = await serverWith(cert);
  expect(await said(`postgres://someone@${at}/shop?sslmode=require`)).toContain(
    'Add sslrootcert=/path/to/that/authority.pem to the address; sslmode=no-verify takes any certificate.',
  );
});

test.each([
  ['has expired', () => expired, 'its certificate has expired. Renew it there.'],
  [
    'is for another name',
    () => misnamed,
    'its certificate is for another name. Write that name into the address.',
  ],
])('a certificate of a known authority that %s is told as that', async (_what, certificate, words) => {
  using folder = temporaryFolder('certificates');
  const authority = path.join(folder.path, 'authority.pem');
  writeFileSync(authority, certificate());
  const at = await serverWith(certificate());
  const query = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: authority });
  expect(await said(`postgres://someone@${at}/shop?${query}`)).toBe(
    `DATABASE_URL (or DB_HOST and its like): PostgreSQL at ${at}/shop: ${words}`,
  );
});

/** Made for these tests; it opens nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkMjEXgv53x5SKqoW
NNgQmjptuYf++kIw9sv6sDuzoHGhRANCAARs145SR9xvdQHMUX2HafVgfMW/N6xM
rThCEu9zLywHw8UF5+p5JgTlQ/pSbCyLNZPPL9I6RGU9nC6kFoFic9Ri
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUKR+77OSdDDT4vdJ/lfsgIUehmEQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTA5MDAwOVoYDzIxMjYxMTA1
MDkwMDA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARs145SR9xvdQHMUX2HafVgfMW/N6xMrThCEu9zLywHw8UF5+p5JgTl
Q/pSbCyLNZPPL9I6RGU9nC6kFoFic9Rio28wbTAdBgNVHQ4EFgQUWgd4My0SzqeV
SVJ8Lkz/5uI0BVIwHwYDVR0jBBgwFoAUWgd4My0SzqeVSVJ8Lkz/5uI0BVIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhALZn+Hs+gvewhgjWd0qAZfkErHigM7/hrLOG1hJSlh1CAiEA
tyjxzMhVxwQRuFrC+UBR2WGRUOkauC86gWq+7MTRqY8=
-----END CERTIFICATE-----`;
/** With the same key; it ended in February 2020. */
const expired = `-----BEGIN CERTIFICATE-----
MIIBZDCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARs145SR9xvdQHMUX2H
afVgfMW/N6xMrThCEu9zLywHw8UF5+p5JgTlQ/pSbCyLNZPPL9I6RGU9nC6kFoFi
c9Rio04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/BAUw
AwEB/zAdBgNVHQ4EFgQUWgd4My0SzqeVSVJ8Lkz/5uI0BVIwCgYIKoZIzj0EAwID
RwAwRAIgdHgJeLw/A11ckQGn8oOho1VT+jq78PD7KIQW6LqsA1oCIApi6pK98gqI
juv5KbL32eB4kJ/LLdj4LJsizTtxYBjX
-----END CERTIFICATE-----`;
/** With the same key, for db.example. */
const misnamed = `-----BEGIN CERTIFICATE-----
MIIBZDCCAQqgAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApkYi5leGFt
cGxlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DApkYi5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbNeOUkfcb3UB
zFF9h2n1YHzFvzesTK04QhLvcy8sB8PFBefqeSYE5UP6UmwsizWTzy/SOkRlPZwu
pBaBYnPUYqNJMEcwFQYDVR0RBA4wDIIKZGIuZXhhbXBsZTAPBgNVHRMBAf8EBTAD
AQH/MB0GA1UdDgQWBBRaB3gzLRLOp5VJUnwuTP/m4jQFUjAKBggqhkjOPQQDAgNI
ADBFAiEAzIjsU0vPRuDbEPw5AMKhF/v4saSZE1Wq9GOX/yzsJ2ICIAUE//972IeK
jlx/kixbuDFh/djfUo22yH0X7IcQYtvR
-----END CERTIFICATE-----`;
