// A TCP line to PostgreSQL in a test's hands: it can be broken, and it can swallow notifications as a pooler in transaction mode does.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** The first byte of NotificationResponse. */
const notification = 'A'.charCodeAt(0);
/** Type and length. */
const headerBytes = 5;

export async function databaseLine(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const muted = new WeakSet<Socket>();
  const line = { broken: false, frozen: false, swallows: false, accepted: 0 };
  const server = createServer((near) => {
    line.accepted++;
    if (line.broken) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => (sockets.delete(socket), end()));
    }
    near.pipe(far);
    far.pipe(withoutNotifications(() => line.swallows || muted.has(near))).pipe(near);
    if (line.frozen) for (const socket of [near, far]) socket.pause();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: Object.assign(new URL(databaseUrl), {
      host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    }).href,
    /** Connections asked for so far. */
    accepted: () => line.accepted,
    /** Cuts every connection and refuses new ones until `mend`. */
    break() {
      line.broken = true;
      cut();
    },
    mend: () => void (line.broken = false),
    /** Nothing passes, and nothing is cut, as when the server's process is stopped; until `thaw`. */
    freeze() {
      line.frozen = true;
      sockets.forEach((socket) => socket.pause());
    },
    thaw() {
      line.frozen = false;
      sockets.forEach((socket) => socket.resume());
    },
    /** From now on no notification comes over the present connections; new ones are well. */
    muteThese: () => sockets.forEach((socket) => muted.add(socket)),
    swallow: (swallows: boolean) => void (line.swallows = swallows),
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the server says, message by message, without its notifications while `swallows` says so. */
function withoutNotifications(swallows: () => boolean): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        if (rest.length < headerBytes) break;
        const length = 1 + rest.readUInt32BE(1);
        if (rest.length < length) break;
        if (rest[0] !== notification || !swallows()) this.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      done();
    },
  });
}
