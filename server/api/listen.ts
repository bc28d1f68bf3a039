// Binding a port: the wanted one, or in development the next free one. What is served is in http.ts.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { waitAtMost } from '../lib/within.ts';

export interface Listening {
  url: string;
  port: number;
  /** The wanted port, when it was taken. */
  movedFrom: number | undefined;
  /** Takes no more connections, lets requests under way end, drops idle ones. */
  close(): Promise<void>;
}

/** How many ports after the wanted one are tried. */
const portsTried = 50;
/** How long requests under way may take to end at a stop. */
export const drainMs = 3_000;

interface Wanted {
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
  const name =
    host === '0.0.0.0' || host === '::' || host === '127.0.0.1'
      ? 'localhost'
      : host.includes(':')
        ? `[${host}]`
        : host;
  return {
    url: `http://${name}:${port}`,
    port,
    movedFrom: wanted.port !== 0 && port !== wanted.port ? wanted.port : undefined,
    close: () => close(server, clock),
  };
}

/** Throws with the sentence to act on when nothing can be bound to `host` at all: asked before anything is started. */
export async function requireBindable(host: string): Promise<void> {
  const probe = createServer();
  await bindOnwards(probe, { host, port: 0, searchOnwards: false });
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
