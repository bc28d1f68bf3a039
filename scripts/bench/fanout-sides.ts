// One server of the fan-out benchmark with its clients, a core each.
import type { ChildProcess } from 'node:child_process';
import type {
  ClientsReply,
  ClientsRequest,
  Mode,
  ServerReply,
  ServerRequest,
  Variant,
} from './fanout-protocol.ts';
import { ask, startSide } from './sides.ts';

export interface Measured {
  variant: Variant;
  mode: Mode;
  clients: number;
  /** CPU-seconds of the server. */
  cpuPerMillion: number;
  /** CPU-seconds of the server for a second of the run, what it delivered later included. */
  cores: number;
  deliveriesPerSecond: number;
  lost: number;
  outOfOrder: number;
  p50Ms: number;
  p99Ms: number;
  rss: number;
}

export interface Side {
  variant: Variant;
  kibPerClient: number;
  /** `stalled`: of the clients, how many read nothing. */
  measure(mode: Mode, seconds: number, stalled?: number): Promise<Measured>;
  stallOne(): Promise<void>;
  /** It reads again; what it has then that it should not, or has not. */
  resume(): Promise<number>;
  end(): void;
}

/** Every client is connected and has its snapshot. `amqpUrl` for the variant `rabbitmq`. */
export async function openSide(variant: Variant, clients: number, amqpUrl = ''): Promise<Side> {
  const server = startSide('./fanout-server.ts', 0, variant, ...(variant === 'rabbitmq' ? [amqpUrl] : []));
  const receivers = startSide('./fanout-clients.ts', 1);
  const askServer = (request: ServerRequest) => ask<ServerReply, ServerRequest>(server, request);
  const askClients = (request: ClientsRequest) => ask<ClientsReply, ClientsRequest>(receivers, request);
  let seqs: Record<string, number> = {};
  const end = () => [server, receivers].forEach((side: ChildProcess) => side.kill('SIGKILL'));
  try {
    const { port, progressPort, rss: before } = await askServer({ do: 'listen' });
    await askClients({ do: 'connect', variant, port, progressPort, clients });
    await askServer({ do: 'prime' });
    await askClients({ do: 'primed' });
    const { rss } = await askServer({ do: 'memory' });
    return {
      variant,
      kibPerClient: Math.max(0, rss - before) / clients / 1024,
      async measure(mode, seconds, stalled = 0) {
        const result = await askServer({ do: 'run', mode, seconds, stalled });
        seqs = result.seqs;
        const expected = (result.deliveries * (clients - stalled)) / clients;
        const { received, outOfOrder, p50Ms, p99Ms } = await askClients({ do: 'count', expected });
        return {
          variant,
          mode,
          clients,
          cpuPerMillion: (result.cpuMs / 1000 / expected) * 1e6,
          cores: result.cpuMs / (seconds * 1_000),
          deliveriesPerSecond: expected / (result.wallMs / 1000),
          lost: expected - received,
          outOfOrder,
          p50Ms,
          p99Ms,
          rss: result.rss,
        };
      },
      async stallOne() {
        await askClients({ do: 'stall' });
      },
      resume: async () => (await askClients({ do: 'resume', seqs })).wrong,
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
