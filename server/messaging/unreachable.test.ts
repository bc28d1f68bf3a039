// A RabbitMQ that cannot be used, as an operator reads it: one line with its address, the reason and what to change, never a stack.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/logger.ts';
import { createInbox } from '../testing/inbox.ts';
import { describeWith } from '../testing/requires.ts';
import { createBus } from './index.ts';

/** What a process logs first, at a terminal, that is given this address. */
async function said(amqpUrl: string): Promise<string> {
  const lines = createInbox<string>();
  const logger = createLogger({
    level: 'info',
    pretty: true,
    destination: { write: lines.put } as never,
  });
  const bus = await createBus({
    amqpUrl,
    logger,
    clock: systemClock,
    prefix: `ftrader-test-${randomUUID()}`,
  });
  onTestFinished(() => bus.close());
  await lines.until(({ length }) => length > 0);
  const [line = ''] = lines.items;
  expect(line.trimEnd().split('\n')).toHaveLength(1);
  expect(line).not.toContain('hidden');
  return line;
}
async function serverThat(talk: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => void talk(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('an address where nothing listens is named with what to change, without its password', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  expect(await said(`amqp://me:hidden@localhost:${port}`)).toContain(
    `AMQP_URL: RabbitMQ at localhost:${port}: nothing listens there. Start that server, or correct the address; trying again until it can be used (said once)`,
  );
  expect(await said('amqp://me:hidden@no.such.invalid')).toMatch(
    /RabbitMQ at no\.such\.invalid:5672: .*Correct the address/,
  );
});

test('what answers and is no RabbitMQ is told as that', async () => {
  const web = await serverThat((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(await said(`amqp://127.0.0.1:${web}`)).toContain('what answers there is no RabbitMQ');
  const shut = await serverThat((socket) => void socket.destroy());
  expect(await said(`amqp://127.0.0.1:${shut}`)).toContain('what answers there is no RabbitMQ');
  expect(await said(`amqps://127.0.0.1:${web}`)).toContain('it speaks no TLS there. Write amqp://');
});

await describeWith('rabbitmq', 'a RabbitMQ that refuses', (amqpUrl) => {
  const changed = (parts: Partial<Pick<URL, 'password' | 'pathname'>>) =>
    said(Object.assign(new URL(amqpUrl), parts).href);
  test('the password, or the virtual host, says which of them to correct', async () => {
    expect(await changed({ password: 'hidden' })).toContain('it refuses that user with that password');
    expect(await changed({ pathname: '/not_there' })).toContain(
      'it does not open its virtual host not_there to that user. Make it there',
    );
  });
});
