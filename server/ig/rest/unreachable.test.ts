import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { certificate, certificateKey } from '../../testing/certificate.ts';
import { failure } from '../../testing/failure.ts';
import { listen } from '../../testing/listen.ts';
import { toAppError, IgError } from './errors.ts';
import { createIgHttp } from './http.ts';
import { brokerInWords, provesNothingSent } from './unreachable.ts';

const host = 'demo-api.ig.com';
test.each<[reason: string, said: RegExp, nothingSent: boolean]>([
  ['ECONNREFUSED', /nothing listens there. Correct the address/, true],
  ['ENOTFOUND', /no machine is called demo-api\.ig\.com\. Correct/, true],
  ['EAI_AGAIN', /the name demo-api\.ig\.com cannot be looked up now/, true],
  ['EHOSTUNREACH', /no way leads there/, true],
  ['ENETUNREACH', /no way leads there/, true],
  ['UND_ERR_CONNECT_TIMEOUT', /nobody answers there/, true],
  ['ETIMEDOUT', /nobody answers there/, false],
  ['ECONNRESET', /the connection was closed before the whole answer/, false],
  ['UND_ERR_SOCKET', /the connection was closed before the whole answer/, false],
  ['ERR_INVALID_URL', /that is no address\. Write one such as https:/, true],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /it speaks no TLS/, true],
  ['CERT_HAS_EXPIRED', /its certificate has expired/, true],
  ['CERT_NOT_YET_VALID', /its certificate is not valid yet/, true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /its certificate is for another name/, true],
  ['SELF_SIGNED_CERT_IN_CHAIN', /an authority that is not known here.*NODE_EXTRA_CA_CERTS/, true],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /an authority that is not known here/, true],
  ['TIMEOUT', /it did not answer in time/, false],
  ['REDIRECT', /it sends its callers to another address/, false],
  ['HTML', /it answered with a page instead of data, as in its maintenance/, false],
  ['EMPTY', /it answered with nothing/, false],
  ['CUT', /its answer broke off, or is no JSON/, false],
  ['TOO_LARGE', /its answer is too large/, false],
])('%s is told in words that name the host and say what to do', (reason, said, nothingSent) => {
  const sentence = brokerInWords(host, reason);
  expect(sentence).toMatch(/^The broker at demo-api\.ig\.com: .*[^.]\.$/);
  expect(sentence).toMatch(said);
  expect(provesNothingSent(reason)).toBe(nothingSent);
});
test('a reason that says nothing to people, or none, leaves the message as it is', () => {
  expect(brokerInWords(host, 'ERR_INTERNAL_ASSERTION')).toBeUndefined();
  expect(brokerInWords(host, '')).toBeUndefined();
});

/** The error of a caller of ours when the broker is at `baseUrl`. */
async function seenAt(baseUrl: string) {
  const http = createIgHttp({ environment: 'demo', baseUrl, apiKey: 'k', clock: systemClock });
  const error = await failure(http({ method: 'GET', path: '/accounts', version: 1 }));
  if (!(error instanceof IgError)) throw error;
  return { reason: error.facts.reason, ...toAppError(error).options, code: toAppError(error).code };
}

test.each([
  ['a page of its maintenance', 503, '<html>back soon</html>', 'HTML', /answered with a page/],
  ['a page that is a success', 200, '\n<!doctype html>', 'HTML', /answered with a page/],
  ['nothing', 200, '', 'EMPTY', /answered with nothing/],
  ['half of its data', 200, '{"accounts":[', 'CUT', /broke off/],
  ['a redirect', 302, '', 'REDIRECT', /to another address/],
])(
  'a broker that answers with %s is unavailable, with the host and the reason',
  async (_case, status, text, reason, said) => {
    await using server = await listen((_request, response) =>
      response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end(text),
    );
    const seen = await seenAt(server.url);
    expect(seen).toMatchObject({ code: 'broker.unavailable', reason });
    expect(seen.message).toMatch(said);
    expect(seen.message).toContain(`The broker at 127.0.0.1:${server.port}: `);
  },
);

test('so is one whose answer is cut off by the connection', async () => {
  await using server = await listen((_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('{"accounts":[', () => response.destroy());
  });
  const seen = await seenAt(server.url);
  expect(seen).toMatchObject({ code: 'broker.unavailable', reason: expect.stringMatching(/UND_ERR|ECONN/) });
  expect(seen.message).toContain('the connection was closed before the whole answer was there');
});

test('so are addresses that lead nowhere, to no web server, or to a certificate that does not verify', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined).end('hello\r\n\r\n'));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void silent.close());
  const tls = createTlsServer({ key: certificateKey, cert: certificate });
  await once(tls.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void tls.close());
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  let gone: string;
  {
    await using server = await listen(() => undefined);
    gone = server.url;
  }
  for (const [baseUrl, reason] of [
    [gone, 'ECONNREFUSED'],
    ['http://no.such.invalid', 'ENOTFOUND'],
    ['not an address', 'ERR_INVALID_URL'],
    [`http://127.0.0.1:${portOf(silent)}`, 'NOT_HTTP'],
    [`https://127.0.0.1:${portOf(silent)}`, 'ERR_SSL_WRONG_VERSION_NUMBER'],
    [`https://127.0.0.1:${portOf(tls)}`, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const) {
    const seen = await seenAt(baseUrl);
    expect(seen, baseUrl).toMatchObject({ code: 'broker.unavailable' });
    expect([reason, 'EAI_AGAIN'], baseUrl).toContain(seen.reason);
    expect(seen.message, baseUrl).toMatch(/^The broker at .*: .*\.$/);
  }
});
