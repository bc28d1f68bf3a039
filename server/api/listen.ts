// Binding a port: the wanted one, or in development the next free one. What is served is in http.ts.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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
const drainMs = 3_000;

/** Listens on `port`, or with `searchOnwards` on the next free one after it. Throws with the sentence to act on. */
export async function listen(
  server: Server,
  { host, port: wanted, searchOnwards }: { host: string; port: number; searchOnwards: boolean },
): Promise<Listening> {
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
  const { port } = server.address() as AddressInfo;
  const name =
    host === '0.0.0.0' || host === '::' || host === '127.0.0.1'
      ? 'localhost'
      : host.includes(':')
        ? `[${host}]`
        : host;
  return {
    url: `http://${name}:${port}`,
    port,
    movedFrom: wanted !== 0 && port !== wanted ? wanted : undefined,
    close: () => close(server),
  };
}

/** Throws with the sentence to act on when nothing can be bound to `host` at all: asked before anything is started. */
export async function requireBindable(host: string): Promise<void> {
  const probe = createServer();
  await listen(probe, { host, port: 0, searchOnwards: false });
  await close(probe);
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
