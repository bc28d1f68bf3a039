// The AsyncAPI 3 document of the plain WebSockets, made from the table of channels, the Zod schemas and the close codes; nothing in it is written twice.
import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import { closeCodes } from '../../shared/close-codes.ts';
import {
  Authenticate,
  Authenticated,
  ChannelData,
  Heartbeat,
  Refused,
  Subscribe,
  Subscribed,
  Unsubscribe,
  Unsubscribed,
} from '../../shared/sockets.ts';
import { sessionCookieName } from '../modules/auth/ports.ts';
import { controlExamples, dataExamples } from './asyncapi-examples.ts';
import { channelsOf, type Channels, type ChannelTable } from './channels.ts';
import { createComponents } from './openapi-components.ts';
import type { JsonSchema, ProcedureInfo } from './schemas.ts';
import { subscriptionNotes } from './subscriptions.ts';

interface Ref {
  $ref: string;
}
interface Message {
  name: string;
  title: string;
  summary?: string;
  'x-scope'?: string;
  payload: JsonSchema;
  examples: { name: string; summary?: string; payload: object }[];
}
export interface AsyncApiDocument {
  asyncapi: '3.0.0';
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; url: string };
    externalDocs: { description: string; url: string };
  };
  defaultContentType: 'application/json';
  servers: Record<string, object>;
  channels: Record<string, { address: string; messages: Record<string, Ref> } & Record<string, unknown>>;
  operations: Record<string, object>;
  components: {
    messages: Record<string, Message>;
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, object>;
  };
  'x-close-codes': typeof closeCodes;
}

const intro = `Live prices, values, deals and notifications as plain JSON: each message is one JSON object with a \`type\`, in one text frame. What the server \`receive\`s is what you send.

**Who you are**: the first message \`authenticate\` within 5 s, or the header \`Authorization: Bearer <accessToken>\` of the upgrade, or a page's cookie; never in the URL. An API key may stand for the token.

**Subscribe** under an \`id\` of your choice with the channel's \`input\`; \`data\` of that id follow. **Resume** \`trading\` and \`notifications\` after a lost connection or a restart with the last \`eventId\` as \`lastEventId\` of the input: every event after it comes, once and in order. \`"0"\` begins with the first; without one, or where there is no way on from it, the first message is \`snapshot.needed\`: read the lists, then go on.

**Alive**: \`heartbeat\` comes every 10 s. After 20 s of silence connect again.

**Close codes**`;

const codes = Object.entries(closeCodes).map(
  ([code, { means, advice }]) => `| ${code} | ${means} | ${advice} |`,
);
const description = `${intro}\n\n| code | it means | do |\n|---|---|---|\n${codes.join('\n')}\n\nAny other code is a connection that was lost: connect again.`;

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
const camel = (text: string) => text.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());

const control = { Authenticate, Unsubscribe, Authenticated, Subscribed, Unsubscribed, Heartbeat, Refused };
type Control = keyof typeof control;
const sentByClients = ['Authenticate', 'Unsubscribe'] satisfies Control[];
const sentByServer = [
  'Authenticated',
  'Subscribed',
  'Unsubscribed',
  'Heartbeat',
  'Refused',
] satisfies Control[];

/** Throws where a channel names no subscription of `router`, or has no data in shared/sockets.ts. */
export function createAsyncApi({
  router,
  channels: table,
  version,
  cookieName = sessionCookieName,
}: {
  router: AnyTRPCRouter;
  channels: ChannelTable;
  version: string;
  /** The browser's cookie of this installation. */
  cookieName?: string;
}): AsyncApiDocument {
  const components = createComponents();
  const messages: Record<string, Message> = {};
  const add = (
    name: string,
    schema: z.ZodType,
    io: 'input' | 'output',
    rest: Omit<Message, 'name' | 'title' | 'payload'>,
  ) => {
    const { description: summary } = schema.meta() ?? {};
    const payload = components.add(schema, io, name);
    messages[name] = { name, title: name, ...(summary !== undefined && { summary }), ...rest, payload };
  };
  for (const [name, schema] of Object.entries(control)) {
    const io = (sentByClients as string[]).includes(name) ? 'input' : 'output';
    add(name, schema, io, { examples: [{ name: 'example', payload: controlExamples[name]! }] });
  }
  const paths = channelsOf(router, table);
  for (const channels of paths.values())
    for (const [channel, procedure] of channels) {
      add(subscribeTo(channel), subscribeSchema(channel, procedure), 'input', {
        summary: `Begins: ${subscriptionNotes[procedure.name]?.yields ?? channel}.`,
        'x-scope': procedure.scope,
        examples: [
          {
            name: 'subscribe',
            payload: {
              type: 'subscribe',
              id: 1,
              channel,
              input: subscriptionNotes[procedure.name]?.example ?? {},
            },
          },
        ],
      });
      const data = ChannelData[channel as keyof typeof ChannelData];
      if (!data) throw new Error(`shared/sockets.ts does not say what the data of ${channel} are`);
      add(dataOf(channel), data, 'output', {
        examples: (dataExamples[channel] ?? []).map(({ summary, data: value, eventId }, n) => ({
          name: `example${n + 1}`,
          summary,
          payload: { type: 'data', id: 1, ...(eventId !== undefined && { eventId }), data: value },
        })),
      });
    }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'FTrader: plain WebSockets',
      version,
      description,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      externalDocs: {
        description: 'The calls over REST, and every error',
        url: 'http://localhost:8000/api/docs/',
      },
    },
    defaultContentType: 'application/json',
    servers: {
      own: {
        host: 'localhost:8000',
        protocol: 'ws',
        description: 'Where your FTrader answers; `wss` where TLS stands before it.',
        security: ['bearer', 'cookie'].map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
      },
    },
    channels: Object.fromEntries(
      [...paths].map(([path, channels]) => [camel(path), channelOf(path, channels)]),
    ),
    operations: Object.assign({}, ...[...paths].map(([path, channels]) => operationsOf(path, channels))),
    components: {
      messages,
      schemas: components.schemas,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The accessToken of POST /api/auth/login, or an API key. Instead of the header the first message may carry it.',
        },
        cookie: {
          type: 'httpApiKey',
          in: 'cookie',
          name: cookieName,
          description: 'Set by POST /api/auth/login; for pages of this server and of allowed origins.',
        },
      },
    },
    'x-close-codes': closeCodes,
  };
}

const subscribeTo = (channel: string) => `SubscribeTo${capital(channel)}`;
const dataOf = (channel: string) => `${capital(channel)}Data`;
const received = (channels: Channels) => [...sentByClients, ...[...channels.keys()].map(subscribeTo)];
const sent = (channels: Channels) => [...sentByServer, ...[...channels.keys()].map(dataOf)];

/** What a client sends to subscribe to one channel: its `input` may be left out where it may be empty. */
function subscribeSchema(channel: string, { input = z.object({}) }: ProcedureInfo): z.ZodType {
  const mayBeEmpty = input.safeParse({}).success;
  return z.strictObject({
    ...Subscribe.shape,
    channel: z.literal(channel),
    input: mayBeEmpty ? input.optional() : input,
  });
}

const channelOf = (path: string, channels: Channels) => ({
  address: `/ws/${path}/`,
  title: path,
  description: `Carries ${[...channels.keys()].map((channel) => `\`${channel}\``).join(', ')}.`,
  messages: Object.fromEntries(
    [...received(channels), ...sent(channels)].map((name) => [
      name,
      { $ref: `#/components/messages/${name}` },
    ]),
  ),
  bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
});

function operationsOf(path: string, channels: Channels) {
  const at = `#/channels/${camel(path)}`;
  const operation = (action: 'receive' | 'send', summary: string, names: string[]) => ({
    action,
    channel: { $ref: at },
    summary,
    messages: names.map((name) => ({ $ref: `${at}/messages/${name}` })),
  });
  return {
    [`${camel(path)}Receive`]: operation('receive', 'What a client sends.', received(channels)),
    [`${camel(path)}Send`]: operation('send', 'What the server sends.', sent(channels)),
  };
}
