// TLCP for tests that speak it themselves: sockets whose lines can be awaited, POSTs, and how updates are read.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createWaiters } from './inbox.ts';
import type { TestSimulator } from './test-simulator.ts';

const pricesOf = (epic: string) => `PRICE:ABC12:${epic}`;
export const eurusd = pricesOf('CS.D.EURUSD.CFD.IP');
/** A control line that subscribes to prices of ABC12 as `n`. */
export const add = (n: number, items: string, more = '') =>
  `LS_reqId=${n}&LS_op=add&LS_subId=${n}&LS_mode=MERGE&LS_group=${encodeURIComponent(items)}&LS_schema=BIDPRICE1%20ASKPRICE1&LS_data_adapter=Pricing&LS_snapshot=true${more}`;

export type Values = (string | null)[];
/** As a client reads the fields of a `U` line (TLCP: empty and `^N` unchanged, `#` null, `$` empty). */
export function decodeValues(text: string, before: readonly (string | null)[]): Values {
  const values: Values = [];
  for (const token of text.split('|')) {
    const run = token === '' ? 1 : Number(/^\^(\d+)$/.exec(token)?.[1] ?? 0);
    if (run > 0) values.push(...before.slice(values.length, values.length + run));
    else values.push(token === '#' ? null : token === '$' ? '' : decodeURIComponent(token));
  }
  return values;
}

export type Tlcp = Awaited<ReturnType<typeof createTlcp>>;

/** Logs in; `account` is the one of the login's tokens. */
export async function createTlcp(simulator: TestSimulator, account = 'ABC12') {
  const tokens = await simulator.logIn();
  const origin = simulator.baseUrl.replace('/gateway/deal', '');
  /** A socket; `lines` holds what came and was not yet awaited, `onLine` is told of each as it comes. */
  async function open(protocol = 'TLCP-2.5.0.lightstreamer.com', onLine: (line: string) => void = () => {}) {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/lightstreamer`, protocol);
    const lines: string[] = [];
    const { changed, until: holds } = createWaiters();
    let whole = true;
    socket.on('message', (data) => {
      whole &&= String(data).endsWith('\r\n');
      for (const line of String(data).split('\r\n').slice(0, -1)) {
        lines.push(line);
        onLine(line);
      }
      changed();
    });
    socket.on('close', changed);
    await once(socket, 'open');
    const send = (...parts: string[]) => socket.send(parts.join('\r\n'));
    const isClosed = () => socket.readyState === socket.CLOSED;
    /** Takes the lines up to the next one that matches. */
    async function until(pattern: RegExp): Promise<string[]> {
      const at = () => lines.findIndex((line) => pattern.test(line));
      await holds(() => at() >= 0 || !whole || isClosed());
      if (at() >= 0) return lines.splice(0, at() + 1);
      if (!whole) throw new Error('a frame did not end with its line');
      throw new Error(`the socket closed before ${pattern}; last lines: ${lines.slice(-5).join(' ')}`);
    }
    let questions = 1_000_000;
    return {
      socket,
      lines,
      send,
      isClosed,
      until,
      /** Resolves when `check` holds, which is looked at whenever something was heard. */
      holds,
      /** The next line that matches; those before it are dropped. */
      line: async (pattern: RegExp) => (await until(pattern)).at(-1)!,
      /** Takes everything that was sent up to now. */
      async drain(): Promise<string[]> {
        send('control', `LS_reqId=${++questions}&LS_op=none`);
        const taken = await until(new RegExp(`^REQERR,${questions},`));
        return taken.slice(0, -1);
      },
    };
  }
  /** POSTs and waits for the end of the answer. */
  async function post(name: string, body: string, query = 'LS_protocol=TLCP-2.5.0'): Promise<string[]> {
    const response = await fetch(`${origin}/lightstreamer/${name}.txt?${query}`, { method: 'POST', body });
    return (await response.text()).split('\r\n').slice(0, -1);
  }
  return {
    origin,
    open,
    post,
    /** The parameters of a create_session. */ create: `LS_user=${account}&LS_password=${encodeURIComponent(`CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`)}&LS_cid=x`,
  };
}
