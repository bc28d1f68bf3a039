// What the sides of the HTTP benchmark say to each other, and the requests they are asked.

/** `bare`: an express route. `checked`: the same with the login and Zod. `stock`: tRPC on express, the same login. */
export type Variant = 'bare' | 'checked' | 'stock' | 'ours';
export type Case = 'market' | 'time' | 'market query' | 'time query';
export type ServerRequest = { do: 'listen' } | { do: 'begin' } | { do: 'end' };
export interface ServerReply {
  port: number;
  /** An access token the servers with a login take. */
  token: string;
  /** Of the process, since `begin`. */
  cpuMs: number;
}
/** `open` connects and asks once on each connection, so that a run costs requests and nothing else. */
export type ClientsRequest =
  { do: 'open'; port: number; path: string; token: string } | { do: 'run'; seconds: number };
export interface ClientsReply {
  /** Answered with 200. */
  answered: number;
  refused: number;
  wallMs: number;
}

/** Connections, each with one request under way. */
export const connections = 16;
export const epic = 'CS.D.USDJPY.CFD.IP';
/** As an unmodified client with a batching link asks. */
const asBatch = (procedure: string, input?: object) =>
  `/trpc/${procedure}?batch=1&input=${encodeURIComponent(JSON.stringify(input ? { 0: { json: input } } : {}))}`;
export const cases: Record<Case, { path: string; floor: Variant; by: readonly Variant[] }> = {
  market: { path: `/api/market-data/markets/${epic}`, floor: 'bare', by: ['bare', 'checked', 'ours'] },
  time: { path: '/api/system/time', floor: 'bare', by: ['bare', 'ours'] },
  'market query': { path: asBatch('marketData.get', { epic }), floor: 'stock', by: ['stock', 'ours'] },
  'time query': { path: asBatch('system.time'), floor: 'stock', by: ['stock', 'ours'] },
};
