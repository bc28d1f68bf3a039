// What the sides of the fan-out benchmark say to each other, and the market they share.

export type Variant = 'bare' | 'stock' | 'ours';
/** As fast as the clients take it, or 10,000 deliveries a second. */
export type Mode = 'saturated' | 'paced';
export type ServerRequest =
  { do: 'listen' } | { do: 'prime' } | { do: 'memory' } | { do: 'run'; mode: Mode; seconds: number };
export interface ServerReply {
  port: number;
  rss: number;
  deliveries: number;
  cpuMs: number;
  wallMs: number;
}
export type ClientsRequest =
  | { do: 'connect'; variant: Variant; port: number; clients: number }
  | { do: 'primed' }
  | { do: 'count'; expected: number };
export interface ClientsReply {
  received: number;
  outOfOrder: number;
  p50Ms: number;
  p99Ms: number;
}

export const epics = Array.from({ length: 40 }, (_, i) => `CS.D.BENCH${String(i).padStart(2, '0')}.CFD.IP`);
/** The epics of one client: ten, so that every epic has as many watchers. */
export const epicsOf = (client: number): string[] =>
  Array.from({ length: 10 }, (_, i) => epics[(client * 10 + i) % epics.length]!);
export const feed = 'simulated';

/** Microseconds on a clock all processes of a machine share. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n);
