// Where webhooks may go: what is refused when one is made, and what when its name is looked up, at the very connection.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createNetworks } from '../../../lib/addresses.ts';
import { systemClock } from '../../../lib/clock.ts';
import { certificate, certificateKey } from '../../../testing/certificate.ts';
import { startReceiver } from '../../../testing/delivery-rig.ts';
import { createGuard, createResolve, type Resolve } from './guard.ts';
import { createPost, whyNoAnswer } from './post.ts';

const guardOf = (networks: string[] = [], resolve: Resolve = createResolve()) =>
  createGuard({ networks: createNetworks(networks), resolve });
const unlimited = new AbortController().signal;
/** What a POST is answered with, or why it was not sent. */
const postTo = (url: string, guard: ReturnType<typeof guardOf>, ca?: string) =>
  createPost({ guard, clock: systemClock, ...(ca && { ca }) })(
    url,
    { headers: {}, body: Buffer.from('{}') },
    unlimited,
  ).then(
    ({ status }) => status,
    (error: unknown) => whyNoAnswer(error, url),
  );

test.each([
  'https://127.0.0.1/x',
  'https://localhost/x',
  'https://bot.localhost:8443/x',
  'https://10.1.2.3/x',
  'https://169.254.169.254/latest/meta-data',
  // As other spellings of the same: a URL has one of its own for each.
  'https://2130706433/x',
  'https://0x7f.1/x',
  'https://0177.0.0.1/x',
  'https://127.1/x',
  'https://[::1]/x',
  'https://[::ffff:127.0.0.1]/x',
  'https://[::ffff:a00:1]/x',
  'https://[64:ff9b::7f00:1]/x',
  'https://[2002:7f00:1::]/x',
  'https://[fd00::1]/x',
  'https://[fe80::1]/x',
  'https://0.0.0.0/x',
  'https://255.255.255.255/x',
  'http://example.com@127.0.0.1/x',
  'http://1.1.1.1/x',
  'ftp://1.1.1.1/x',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https://user:secret@1.1.1.1/x',
])('%s is refused at once', (url) => {
  expect(guardOf().problemOf(new URL(url))).toMatch(
    /^must begin|^may hold no|^is at \S+, which is no public address|^is at 1\.1\.1\.1, .* must be https$/,
  );
});

test('public addresses, names, and networks of the operator’s are taken, there without TLS as well', () => {
  const guard = guardOf(['10.0.0.0/8', 'loopback']);
  for (const url of [
    'https://1.1.1.1/x',
    'https://[2606:4700::1111]/x',
    'https://example.com/x',
    'http://10.1.2.3/x',
    'http://localhost:9000/x',
    'http://bot.house/x',
  ])
    expect([url, guard.problemOf(new URL(url))]).toEqual([url, undefined]);
  expect(guard.problemOf(new URL('http://11.1.2.3/x'))).toContain('WEBHOOK_NETWORKS');
});

test('a name that leads inside is not connected to, whatever it led to before, and of its addresses only public ones are', async () => {
  await using receiver = await startReceiver();
  const answers = [['127.0.0.1'], ['::ffff:127.0.0.1'], ['10.0.0.1', 'fd00::1'], ['64:ff9b::7f00:1'], []];
  let asked = 0;
  const guard = guardOf([], async () => answers[asked++]!);
  for (const _each of answers)
    expect(await postTo(`https://rebound.example:${receiver.port}/`, guard)).toMatch(
      /^rebound\.example is no public address; .*WEBHOOK_NETWORKS\.$/,
    );
  expect(asked).toBe(answers.length); // one look-up for each connection: what was checked is what is connected to
  expect(receiver.taken).toEqual([]);
  const lookup = guardOf([], async () => [
    '127.0.0.1',
    '1.1.1.1',
    '192.168.0.1',
    '2606:4700::1111',
  ]).lookupFor(new URL('https://mixed.example/'));
  const found = await new Promise((resolve) =>
    lookup('mixed.example', { all: true }, (_err, all) => resolve(all)),
  );
  expect(found).toEqual([
    { address: '1.1.1.1', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ]);
});

test('a name inside is reached where the operator allows its network, over http too; a public address then needs https still', async () => {
  await using receiver = await startReceiver();
  const allowed = guardOf(['127.0.0.0/8']);
  expect(await postTo(receiver.url, allowed)).toBe(204);
  expect(await postTo(`http://localhost:${receiver.port}/`, allowed)).toBe(204); // ::1 is not allowed, and not tried
  const public_ = guardOf(['127.0.0.0/8'], async () => ['1.1.1.1']);
  expect(await postTo('http://public.example/', public_)).toMatch(/so it must be https/);
});

test('over https the certificate is checked against the name that was asked for', async () => {
  const server = createServer({ cert: certificate, key: certificateKey }, (req, res) => {
    req.resume();
    res.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const guard = guardOf(['127.0.0.0/8'], async () => ['127.0.0.1']);
  try {
    expect(await postTo(`https://localhost:${port}/`, guard, certificate)).toBe(204);
    expect(await postTo(`https://other.example:${port}/`, guard, certificate)).toContain(
      'certificate is for another name',
    );
    expect(await postTo(`https://localhost:${port}/`, guard)).toContain('NODE_EXTRA_CA_CERTS');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('what cannot be reached is said in words', async () => {
  const gone = await startReceiver();
  await gone[Symbol.asyncDispose]();
  expect(await postTo(gone.url, guardOf(['loopback']))).toMatch(
    /^No connection to 127\.0\.0\.1: nothing listens there/,
  );
  const nowhere = guardOf([], async () => {
    throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
  });
  expect(await postTo('https://typo.example/', nowhere)).toBe(
    'The name typo.example leads nowhere: correct the URL.',
  );
});
