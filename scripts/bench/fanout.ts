// Price fan-out: CPU per delivered tick of our server, of stock tRPC and of a bare `ws` broadcast, in turns within one run.
import type {
  ClientsReply,
  ClientsRequest,
  Mode,
  ServerReply,
  ServerRequest,
  Variant,
} from './fanout-protocol.ts';
import { atLeast, atMost, median, none, type BenchOptions, type BenchReport } from './report.ts';
import { ask, canPin, startSide } from './sides.ts';

const variants: Variant[] = ['bare', 'stock', 'ours'];
const modes: Mode[] = ['saturated', 'paced'];
const clients = 200;

interface Measured {
  variant: Variant;
  mode: Mode;
  cpuPerMillion: number;
  deliveriesPerSecond: number;
  lost: number;
  outOfOrder: number;
  p50Ms: number;
  p99Ms: number;
}

export async function fanout({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const sides = variants.map((variant) => ({
    variant,
    server: startSide('./fanout-server.ts', 0, variant),
    clients: startSide('./fanout-clients.ts', 1),
    kibPerClient: 0,
  }));
  const measured: Measured[] = [];
  try {
    for (const side of sides) {
      const { port, rss: before } = await ask<ServerReply, ServerRequest>(side.server, { do: 'listen' });
      await ask<ClientsReply, ClientsRequest>(side.clients, {
        do: 'connect',
        variant: side.variant,
        port,
        clients,
      });
      await ask<ServerReply, ServerRequest>(side.server, { do: 'prime' });
      await ask<ClientsReply, ClientsRequest>(side.clients, { do: 'primed' });
      const { rss } = await ask<ServerReply, ServerRequest>(side.server, { do: 'memory' });
      side.kibPerClient = Math.max(0, rss - before) / clients / 1024;
      say(`${side.variant}: ${clients} clients connected`);
    }
    for (let round = 0; round <= rounds; round++) {
      for (const mode of modes) {
        for (const { variant, server, clients: receivers } of sides) {
          // Round 0 only warms up.
          const result = await ask<ServerReply, ServerRequest>(server, {
            do: 'run',
            mode,
            seconds: round === 0 ? Math.min(seconds, 1) : seconds,
          });
          const { received, outOfOrder, p50Ms, p99Ms } = await ask<ClientsReply, ClientsRequest>(receivers, {
            do: 'count',
            expected: result.deliveries,
          });
          if (round === 0) continue;
          const deliveriesPerSecond = result.deliveries / (result.wallMs / 1000);
          measured.push({
            variant,
            mode,
            cpuPerMillion: (result.cpuMs / 1000 / result.deliveries) * 1e6,
            deliveriesPerSecond,
            lost: result.deliveries - received,
            outOfOrder,
            p50Ms,
            p99Ms,
          });
        }
      }
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
  } finally {
    for (const { server, clients: receivers } of sides) {
      server.kill('SIGKILL');
      receivers.kill('SIGKILL');
    }
  }

  const of = (variant: Variant, mode: Mode) =>
    measured.filter((each) => each.variant === variant && each.mode === mode);
  /** Median over the rounds of a round's ratio: the machine's moods cancel out. */
  const ratio = (over: Variant, under: Variant, mode: Mode) =>
    median(of(over, mode).map((each, round) => each.cpuPerMillion / of(under, mode)[round]!.cpuPerMillion));
  const medianOf = (
    variant: Variant,
    mode: Mode,
    field: 'cpuPerMillion' | 'deliveriesPerSecond' | 'p50Ms' | 'p99Ms',
  ) => median(of(variant, mode).map((each) => each[field]));
  return {
    name: 'fanout',
    about: `${clients} clients × 10 of 40 epics; CPU-seconds of the server per million deliveries, × against bare ws; ${canPin ? 'server and clients on a core each' : 'not pinned'}`,
    columns: ['', 'saturated', '×', 'deliveries/s', '10,000/s', '×', 'p50 ms', 'p99 ms', 'KiB/client'],
    rows: sides.map(({ variant, kibPerClient }) => [
      { bare: 'bare ws broadcast', stock: 'stock tRPC', ours: 'FTrader' }[variant],
      medianOf(variant, 'saturated', 'cpuPerMillion').toFixed(1),
      ratio(variant, 'bare', 'saturated').toFixed(2),
      Math.round(medianOf(variant, 'saturated', 'deliveriesPerSecond')),
      medianOf(variant, 'paced', 'cpuPerMillion').toFixed(1),
      ratio(variant, 'bare', 'paced').toFixed(2),
      medianOf(variant, 'paced', 'p50Ms').toFixed(2),
      medianOf(variant, 'paced', 'p99Ms').toFixed(2),
      kibPerClient.toFixed(0),
    ]),
    targets: [
      atMost('CPU per delivery against bare ws, saturated', ratio('ours', 'bare', 'saturated'), 1.35),
      atLeast('times better than stock tRPC, saturated', ratio('stock', 'ours', 'saturated'), 6),
      atMost('p99 ms from tick to client at 10,000/s', medianOf('ours', 'paced', 'p99Ms'), 10),
      atMost('KiB per client', sides.find(({ variant }) => variant === 'ours')!.kibPerClient, 48),
      none(
        'deliveries lost',
        measured.reduce((sum, each) => sum + Math.abs(each.lost), 0),
      ),
      none(
        'deliveries out of order',
        measured.reduce((sum, each) => sum + each.outOfOrder, 0),
      ),
    ],
    details: {
      clients,
      rounds,
      seconds,
      pinned: canPin,
      kibPerClient: Object.fromEntries(sides.map((side) => [side.variant, side.kibPerClient])),
      measured,
    },
  };
}
