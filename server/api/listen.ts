// Binding a port: the wanted one, or in development the next free one. What is served is in http.ts.
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../lib/clock.ts';
import { waitAtMost, within } from '../lib/within.ts';

export interface Listening {
  /** Every address that answers; the best for a browser on this machine first. */
  urls: [string, ...string[]];
  port: number;
  /** The wanted port, when it was taken. */
  movedFrom: number | undefined;
  /** Takes no more connections, lets requests under way end, drops idle ones. */
  close(): Promise<void>;
}

/** How many ports after the wanted one are tried. */
const portsTried = 50;
/** Longest wait for somebody else on this machine's other loopback address. */
const probeMs = 500;
/** How long requests under way may take to end at a stop. */
export const drainMs = 3_000;

/** Where to listen, and whether the next ports after a taken one will do. */
export interface Wanted {
  host: string;
  port: number;
  searchOnwards: boolean;
}

/** Listens on `port`, or with `searchOnwards` on the next free one after it. Throws with the sentence to act on. */
export async function listen(
  server: Server,
  { clock, ...wanted }: Wanted & { clock: Clock },
): Promise<Listening> {
  const { host } = wanted;
  const port = await bindOnwards(server, wanted);
  return {
    urls: await urlsOf(host, (server.address() as AddressInfo).address, port, clock),
    port,
    movedFrom: wanted.port !== 0 && port !== wanted.port ? wanted.port : undefined,
    close: () => close(server, clock),
  };
}

async function urlsOf(host: string, bound: string, port: number, clock: Clock): Promise<Listening['urls']> {
  const isOpen = bound === '0.0.0.0' || bound === '::';
  const urlOf = (name: string) => `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  if (!isOpen && bound !== '127.0.0.1') return [urlOf(host)];
  // Browsers take `localhost` for ::1 first: the name leads to us only where nobody else answers there.
  const isOurs = bound === '::' || !(await answers('::1', port, clock));
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(
      ({ internal, family, address }) => !internal && (family === 'IPv4' || !/^fe[89ab]/i.test(address)),
    )
    .filter(({ family }) => family === 'IPv4' || bound === '::');
  return [
    urlOf(isOurs ? 'localhost' : '127.0.0.1'),
    ...(isOpen ? others.map(({ address }) => urlOf(address)) : []),
  ];
}

/** Whether anybody takes a connection there. */
async function answers(host: string, port: number, clock: Clock): Promise<boolean> {
  const socket = connect({ host, port });
  const asked = new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  const answer = await within(clock, probeMs, () => asked).catch(() => false);
  socket.destroy();
  return answer;
}

/** Throws with the sentence to act on when nothing can be bound to `host` at all, or not to that port: asked before anything is started. */
export async function requireBindable(host: string, port = 0): Promise<void> {
  const probe = createServer();
  await bindOnwards(probe, { host, port, searchOnwards: false });
  await closed(probe);
}

/** The port that `server` listens on now. */
async function bindOnwards(server: Server, { host, port: wanted, searchOnwards }: Wanted): Promise<number> {
  const last = searchOnwards && wanted > 0 ? Math.min(wanted + portsTried, 65_535) : wanted;
  for (let port = wanted; ; port++) {
    try {
      await bind(server, host, port);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && port < last) continue;
      if (code === 'EADDRINUSE')
        throw new Error(`port ${wanted} is taken. Stop what listens there, or set PORT to another.`, {
          cause: error,
        });
      if (code === 'EACCES')
        throw new Error(`port ${wanted} may not be used by this user. Set PORT to one above 1023.`, {
          cause: error,
        });
      if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
        throw new Error(`HOST=${host} is not an address of this machine.`, { cause: error });
      throw error;
    }
  }
  return (server.address() as AddressInfo).port;
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  const ended = closed(server);
  server.closeIdleConnections();
  await waitAtMost(clock, drainMs, ended);
  server.closeAllConnections();
  await ended;
}

/** Takes no more connections; resolves when the last one has ended. */
const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
