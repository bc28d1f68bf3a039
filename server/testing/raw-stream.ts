// A stream session spoken line by line, for tests that must hear everything the simulator says on it.
import { createTlcp, decodeValues, type Values } from './stream-tlcp.ts';
import type { TestSimulator } from './test-simulator.ts';

/** A socket to the stream server of `simulator`, and POSTs to it; `account` is the one of the login's tokens. */
export async function rawStream(simulator: TestSimulator, account = 'ABC12') {
  const { open, post, create } = await createTlcp(simulator, account);
  const lines: string[] = [];
  const updates = new Map<number, Values[]>();
  const { socket, send, line, holds, isClosed } = await open(undefined, (text) => {
    lines.push(text);
    const [, subId, values] = /^U,(\d+),\d+,(.*)$/.exec(text) ?? [];
    const heard = updates.get(Number(subId));
    if (values !== undefined) heard?.push(decodeValues(values, heard.at(-1) ?? []));
  });
  let subscriptions = 0;
  const stream = {
    socket,
    /** All that came. */
    lines,
    send,
    isClosed,
    until: holds,
    line,
    /** Asks for a session; its CONOK or CONERR line. */
    async create(): Promise<string> {
      send('create_session', create);
      return stream.line(/^CON(OK|ERR),/);
    },
    /** The updates of one item, growing; resolves once subscribed. */
    async subscribe(
      item: string,
      schema: string,
      more: Record<string, string> = { LS_mode: 'MERGE', LS_snapshot: 'true' },
    ): Promise<Values[]> {
      const id = String(++subscriptions);
      const heard: Values[] = [];
      updates.set(subscriptions, heard);
      send(
        'control',
        String(
          new URLSearchParams({
            LS_reqId: id,
            LS_subId: id,
            LS_op: 'add',
            LS_group: item,
            LS_schema: schema,
            ...more,
          }),
        ),
      );
      await stream.line(new RegExp(`^SUBOK,${id},`));
      return heard;
    },
    trade: () => stream.subscribe(`TRADE:${account}`, 'CONFIRMS OPU WOU', { LS_mode: 'DISTINCT' }),
    prices: (epic: string) =>
      stream.subscribe(`PRICE:${account}:${epic}`, 'BIDPRICE1 ASKPRICE1 DLG_FLAG TIMESTAMP', {
        LS_mode: 'MERGE',
        LS_snapshot: 'true',
        LS_data_adapter: 'Pricing',
      }),
    /** A POST, `create_session` with the user's password; its lines. */
    post: (name: string, body: Record<string, string>) =>
      post(name, `${name === 'create_session' ? `${create}&` : ''}${new URLSearchParams(body)}`),
    [Symbol.dispose]: () => socket.terminate(),
  };
  return stream;
}
