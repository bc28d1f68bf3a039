// A proxy that can fall silent, as one does whose machine lost its network: connections stay, new ones are taken, and nothing passes. What was on the way comes late.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export async function openSilentWire(port: number) {
  const ends = new Set<Socket>();
  let silent = false;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end
        .on('data', (chunk) => other.write(chunk))
        .on('end', () => other.end())
        .on('error', () => {})
        .on('close', () => (ends.delete(end), other.destroy()));
      if (silent) end.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fallSilent() {
      silent = true;
      for (const end of ends) end.pause();
    },
    /** Those there are now are dead for good; new ones pass. As behind a firewall that has forgotten them. */
    forget() {
      for (const end of ends) end.pause();
    },
    /** Those there are now are lost; new ones pass. */
    cut() {
      for (const end of ends) end.destroy();
    },
    speak() {
      silent = false;
      for (const end of ends) end.resume();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const end of ends) end.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
