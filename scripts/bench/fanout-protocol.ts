// What the sides of the fan-out benchmark say to each other, and the market they share.

/** The floor, stock tRPC, and the real server: asked over tRPC, over plain WebSockets, and over tRPC with its ticks through RabbitMQ. */
export type Variant = 'bare' | 'stock' | 'ours' | 'plain' | 'rabbitmq';
/** As fast as the clients take it, 10,000 deliveries a second, or the ticks of forty simulated markets when they come. */
export type Mode = 'saturated' | 'paced' | 'market';
export type ServerRequest =
  | { do: 'listen' }
  | { do: 'prime' }
  | { do: 'memory' }
  /** So many clients have stalled: they are not waited for. */
  | { do: 'run'; mode: Mode; seconds: number; stalled: number };
export interface ServerReply {
  port: number;
  /** Where the clients say how much they have read. */
  progressPort: number;
  rss: number;
  /** To each client that watches an epic, all ticks of that epic. */
  deliveries: number;
  cpuMs: number;
  wallMs: number;
  /** The last `seq` of each epic. */
  seqs: Record<string, number>;
}
export type ClientsRequest =
  | { do: 'connect'; variant: Variant; port: number; progressPort: number; clients: number }
  | { do: 'primed' }
  | { do: 'count'; expected: number }
  /** The first client reads nothing, and is counted no more; or reads again until it has these of its epics. */
  | { do: 'stall' }
  | { do: 'resume'; seqs: Record<string, number> };
export interface ClientsReply {
  received: number;
  outOfOrder: number;
  p50Ms: number;
  p99Ms: number;
  /** Of the client that had stalled: epics whose last price is not the right one, and those of its ticks that came in a wrong order or twice. */
  wrong: number;
}

export const epics = Array.from({ length: 40 }, (_, i) => `CS.D.BENCH${String(i).padStart(2, '0')}.CFD.IP`);
/** The epics of one client: ten, so that every epic has as many watchers. */
export const epicsOf = (client: number): string[] =>
  Array.from({ length: 10 }, (_, i) => epics[(client * 10 + i) % epics.length]!);
export const feed = 'simulated';

/** Microseconds on a clock all processes of a machine share. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n);
