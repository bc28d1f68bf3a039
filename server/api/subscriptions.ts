// The subscriptions as the documents tell of them: what each yields, and how to ask for it over server-sent events and over a WebSocket.
import type { AnyTRPCRouter } from '@trpc/server';
import { listProcedures } from './schemas.ts';

/** What each yields, and an input that works. */
export const subscriptionNotes: Readonly<Record<string, { yields: string; example: object }>> = {
  'marketData.onPrices': {
    yields: 'lists of `Tick`: the newest of every epic first, then changes; the last value always arrives',
    example: { epics: ['CS.D.EURUSD.CFD.IP'] },
  },
  'marketData.onCandles': {
    yields:
      '`CandleUpdate`: the candle that forms, then its changes, at most one a second, and each candle that is over (`complete`); one with a higher `revision` was changed later',
    example: { epic: 'CS.D.EURUSD.CFD.IP', resolution: 'MINUTE' },
  },
  'trading.onEvents': {
    yields: 'deals, positions and cash: every event once, in order',
    example: {},
  },
  'trading.onValuation': {
    yields: '`{ summary, positions }` first, then `{ summary, changed, closed, pending }`',
    example: {},
  },
  'portfolio.onValuation': {
    yields:
      '`PortfolioValuation`: the value of a portfolio as it is, then whenever a price, a transaction or a position changes it',
    example: { portfolioId: 'pf_…' },
  },
  'notifications.onNotification': {
    yields: 'notifications and what was read: every event once, in order',
    example: {},
  },
};

/** Subscribes to what its argument asks for, and prints each answer. */
const subscriber = `import asyncio, json, os, sys, websockets

async def main():
    async with websockets.connect("ws://localhost:8000/trpc?connectionParams=1") as socket:
        await socket.send(json.dumps({"method": "connectionParams", "data": {"token": os.environ["TOKEN"]}}))
        await socket.send(sys.argv[1])
        async for text in socket:
            if text == "PING":
                await socket.send("PONG")
            else:
                print(text, flush=True)

asyncio.run(main())`;

const wire = `## Subscriptions
All of them are told as plain JSON too: prices and candles on \`ws://localhost:8000/ws/market-data/\`, deals, accounts and portfolios on
\`ws://localhost:8000/ws/trading/\`, notifications on \`ws://localhost:8000/ws/notifications/\`: send
\`{"type":"authenticate","token":"<accessToken>"}\`, then
\`{"type":"subscribe","id":1,"channel":"prices","input":{"epics":["CS.D.EURUSD.CFD.IP"]}}\`; each \`data\` message has a list of \`Tick\`. Every message of
every channel is in [asyncapi.json](../asyncapi.json); docs/websockets.md in the source tells how to resume and why a socket is closed, with programs in Python and Node.

All run over tRPC's own wire form on \`/trpc\`. Values are superjson: the value itself is in \`json\`.

**Server-sent events**: one \`GET\` for each, with the input as \`{"json": {…}}\` in the parameter \`input\`. After \`event: connected\` every message is
\`data: {"json": …}\`; \`event: ping\` says that it lives, \`event: serialized-error\` is the error object, \`event: return\` the end. A message with an \`id\` is a
place: after a lost connection send the last one as \`Last-Event-ID\`, or as \`lastEventId\` in the input (\`"0"\`: from the beginning).

**WebSocket**: open \`ws://localhost:8000/trpc?connectionParams=1\` and send \`{"method":"connectionParams","data":{"token":"<accessToken>"}}\`, then the
message of each subscription, with an \`id\` of its own. Answers bear that id: \`{"id":1,"result":{"type":"started"}}\`, then
\`{"id":1,"result":{"type":"data","data":{"json":…}}}\`, with the place in \`result.id\`. \`{"id":1,"method":"subscription.stop"}\` ends one. Answer the text \`PING\` with \`PONG\`.
This is all of it in Python, with the package \`websockets\` (Debian: \`python3-websockets\`). Save it as \`subscribe.py\`; the lines below run it.
\`\`\`python
${subscriber}
\`\`\`
`;

/** A chapter in Markdown; empty for a router without subscriptions. */
export function describeSubscriptions(router: AnyTRPCRouter): string {
  const chapters = listProcedures(router)
    .filter(({ type }) => type === 'subscription')
    .map(({ name, scope }, n) => {
      const { yields, example } = subscriptionNotes[name] ?? { yields: 'its values', example: {} };
      const input = { json: example };
      const url = `http://localhost:8000/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`;
      const message = { id: n + 1, method: 'subscription', params: { path: name, input } };
      return `### ${name}
Yields ${yields}. Scope: \`${scope}\`.
\`\`\`sh
curl -sN "${url}" -H "Authorization: Bearer $TOKEN"
\`\`\`
\`\`\`sh
python3 subscribe.py '${JSON.stringify(message)}'
\`\`\`
`;
    });
  return chapters.length === 0 ? '' : [wire, ...chapters].join('\n');
}
