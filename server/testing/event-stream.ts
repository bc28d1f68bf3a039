// A client of an HTTP event stream under test, as `curl -N` is one: it hears every event, and when its connection ends.
import { request, type IncomingMessage } from 'node:http';
import { createInbox } from './inbox.ts';

export interface ServerEvent {
  /** `message` where the server names none. */
  event: string;
  data: any;
  id?: string;
}

/** A stream that has begun: `path` as below `/trpc/`. Every event is kept, and `ended` resolves when the connection has ended. */
export async function openEventStream(
  port: number,
  path: string,
  { token, ip }: { token?: string | null; ip?: string } = {},
) {
  const { items: events, put, until } = createInbox<ServerEvent>();
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `/trpc/${path}`,
    agent: false,
    headers: {
      accept: 'text/event-stream',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(ip && { 'x-forwarded-for': ip }),
    },
  });
  const begun = Promise.withResolvers<IncomingMessage>();
  const ended = Promise.withResolvers<void>();
  sent.on('response', begun.resolve);
  sent.on('error', (error) => (begun.reject(error), ended.resolve()));
  sent.on('close', () => ended.resolve());
  sent.end();
  const response = await begun.promise;
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) if (block.trim()) put(read(block));
  });
  response.on('error', () => {}); // cut: `ended` says so
  return {
    response,
    events,
    ended: ended.promise,
    /** The first event for which `test` holds, past or to come. */
    async event(test: (event: ServerEvent) => boolean): Promise<ServerEvent> {
      await until((all) => all.some(test));
      return events.find(test)!;
    },
    close: () => sent.destroy(),
  };
}

function read(block: string): ServerEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const [data, id] = [field('data'), field('id')];
  return {
    event: field('event') ?? 'message',
    data: data ? JSON.parse(data) : undefined,
    ...(id !== undefined && { id }),
  };
}
