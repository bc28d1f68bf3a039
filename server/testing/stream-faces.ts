// Three ways in which a program hears of what happens: the client kit, plain JSON, and the Python module. Each signs in, subscribes, deals and goes on by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createFTraderClient, createTokenSource, errorOf } from '../../client/index.ts';
import { channelTable } from '../api/channels.ts';
import { createInbox } from './inbox.ts';
import { noted } from './leftovers.ts';
import { followPlain, type Told } from './plain-client.ts';
import { projectRoot } from './processes.ts';

export interface Login {
  email: string;
  password: string;
}
export interface DealAsked {
  call: 'openPosition' | 'closePosition';
  method: 'POST' | 'DELETE';
  path: string;
  /** Without key and path fields. */
  body: object;
  /** What tRPC takes beside. */
  inPath?: object;
}
export interface StreamClient extends AsyncDisposable {
  /** All that its subscriptions were told, as plain JSON; heartbeats are left out. */
  told: ReturnType<typeof createInbox<Told>>;
  /** How its connections ended; `reason` where it tells one in words. */
  closes: ReturnType<typeof createInbox<{ code: number; reason?: string }>>;
  watch(id: string, channel: string, input: object): void;
  stop(id: string): void;
  /** What came of it. */
  deal(asked: DealAsked): Promise<any>;
}
/** Signs in. Rejects with the code of the error where it is refused. */
export type StreamFace = (url: string, login: Login) => Promise<StreamClient>;

const plainJson = (value: unknown) => JSON.parse(JSON.stringify(value));
const signedIn = async (url: string, login: Login) => {
  const token = createTokenSource({ url, ...login });
  await token().catch((error: unknown) => {
    throw new Error(errorOf(error)?.code, { cause: error });
  });
  return token;
};

type Subscribe = (
  input: object,
  handlers: { onData(value: any): void; onError(error: unknown): void },
) => { unsubscribe(): void };

export const overKit: StreamFace = async (url, login) => {
  const told = createInbox<Told>();
  const closes = createInbox<{ code: number; reason?: string }>();
  const token = await signedIn(url, login);
  const { api, onSocketState, close } = createFTraderClient({ url, token });
  onSocketState((_state, closed) => closed && closes.put(closed));
  const subscriptions = api as unknown as Record<string, Record<string, { subscribe: Subscribe }>>; // named by the channel table
  const procedures = Object.assign({}, ...Object.values(channelTable)) as Record<string, string>;
  const running = new Map<string, { unsubscribe(): void }>();
  return {
    told,
    closes,
    watch(id, channel, input) {
      const [module, name] = procedures[channel]!.split('.') as [string, string];
      const onData = (value: any) => {
        const data = plainJson('lastEventId' in input ? value.data : value);
        if (data.type !== 'heartbeat') told.put({ id, data });
      };
      const onError = (error: unknown) => told.put({ id, error: errorOf(error)! });
      running.set(id, subscriptions[module]![name]!.subscribe(input, { onData, onError }));
    },
    stop(id) {
      running.get(id)!.unsubscribe();
      told.put({ id, stopped: true });
    },
    deal: async ({ call, body, inPath }) =>
      plainJson(
        await (api.trading[call].mutate as (input: object) => Promise<object>)({
          ...body,
          ...inPath,
          idempotencyKey: crypto.randomUUID(),
        }),
      ),
    [Symbol.asyncDispose]: close,
  };
};

export const overPlainJson: StreamFace = async (url, login) => {
  const told = createInbox<Told>();
  const closes = createInbox<{ code: number }>();
  const token = await signedIn(url, login);
  const running = new Map<string, { stop(): void }>();
  return {
    told,
    closes,
    watch: (id, channel, input) =>
      void running.set(
        id,
        followPlain({
          url,
          token,
          id,
          channel,
          input,
          tell: told.put,
          onClose: (code) => closes.put({ code }),
        }),
      ),
    stop: (id) => running.get(id)!.stop(),
    async deal({ method, path: at, body }) {
      const init = {
        method,
        headers: {
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/json',
          'idempotency-key': crypto.randomUUID(),
        },
        body: JSON.stringify(body),
      };
      const answer = await fetch(url + at, init);
      return answer.json();
    },
    async [Symbol.asyncDispose]() {
      for (const each of running.values()) each.stop();
      await told.until((all) => all.filter(({ error, stopped }) => error ?? stopped).length >= running.size);
    },
  };
};

/** By examples/python/ftrader.py; `python` has the package websockets. */
export const overPython =
  (python: string): StreamFace =>
  async (url, { email, password }) => {
    const told = createInbox<Told>();
    const closes = createInbox<{ code: number }>();
    const begun = createInbox<{ ready?: true; refused?: { code: string } }>();
    const program = path.join(import.meta.dirname, 'stream-driver.py');
    const child = noted(
      spawn(python, [program, path.join(projectRoot, 'examples/python'), url], {
        env: { ...process.env, LOGIN: JSON.stringify([email, password]), PYTHONDONTWRITEBYTECODE: '1' },
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const ended = once(child, 'close').then(([code]) => begun.put({ refused: { code: `exit ${code}` } }));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if ('closed' in said) closes.put(said.closed);
      else if ('id' in said) told.put(said);
      else begun.put(said);
    });
    await begun.until((all) => all.length > 0);
    const { refused } = begun.items[0]!;
    if (refused) {
      await ended;
      throw new Error(refused.code);
    }
    const say = (asked: object) => child.stdin.write(`${JSON.stringify(asked)}\n`);
    let deals = 0;
    return {
      told,
      closes,
      watch: (id, channel, input) => say({ do: 'watch', id, channel, input }),
      stop: (id) => say({ do: 'stop', id }),
      async deal({ method, path: at, body }) {
        const id = `deal ${++deals}`;
        say({ do: 'deal', id, method, path: at, body });
        const answer = ({ id: own }: Told) => own === id;
        await told.until((all) => all.some(answer));
        return told.items.find(answer)!.data;
      },
      async [Symbol.asyncDispose]() {
        child.stdin.end();
        await ended;
      },
    };
  };
