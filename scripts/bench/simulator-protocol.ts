// What the sides of the simulator benchmark say to each other, and the load they share.

export const streamClients = 20;
export const itemsPerClient = 40;
export const updatesPerSecond = 25;
export const restPerSecond = 500;
/** Rows of a generated tick file, which is played again and again; its bids count them from `firstBid` on. */
export const rowsPerFile = 60 * updatesPerSecond;
export const firstBid = 100_001;
/** What the gateway asks for; the bid first, so that it can be counted, the time last. */
export const schema = [
  'BIDPRICE1',
  'ASKPRICE1',
  'HIGH',
  'LOW',
  'NET_CHG',
  'NET_CHG_PCT',
  'DLG_FLAG',
  'TIMESTAMP',
];

export const login = { apiKey: 'b'.repeat(40), identifier: 'bench', password: 'bench', accountId: 'BENCH' };

/** `bare` sends the frames that a run of `ours` was counted to send. */
export type Side = 'bare' | 'ours';
export interface Frames {
  perClientSecond: number;
  bytes: number;
}
export type ServerRequest =
  { do: 'listen'; folder: string; seed: string } | { do: 'run'; seconds: number; frames?: Frames };
export interface ServerReply {
  port: number;
  cpuMs: number;
  wallMs: number;
  framesSent: number;
}
export type ClientsRequest =
  | { do: 'connect'; side: Side; port: number; epics: string[] }
  | { do: 'run'; seconds: number; rest: boolean };
export interface ClientsReply {
  updates: number;
  frames: number;
  bytes: number;
  lost: number;
  disordered: number;
  streamMs: number[];
  restAnswered: number;
  restRefused: number;
  restMs: number[];
  wallMs: number;
}
