// What the sides of the gateway benchmark say to each other, and the loads they share.

/** On one connection; a feed's own bound is lower by the two items of an account. */
export const streamedItems = 40;
/** How many accounts are connected when figures are taken. */
export const accountCounts = [25, 50, 100] as const;
/** What a process is said to need beyond what is measured. */
export const extrapolatedTo = 1_000;

/** The floor is the SDK with a listener that does nothing; the others are the gateway on either bus. */
export type FeedSide = 'sdk' | 'memory' | 'rabbitmq';
export type FeedRequest =
  | { do: 'connect'; port: number; databaseUrl: string; amqpUrl: string; prefix: string; epics: string[] }
  | { do: 'run'; seconds: number };
export interface FeedReply {
  updates: number;
  cpuMs: number;
  wallMs: number;
}

export type BrokerRequest =
  { do: 'listen' } | { do: 'logins'; from: number; to: number } | { do: 'deal'; seconds: number };
export interface BrokerReply {
  baseUrl: string;
  logins: { identifier: string; password: string; apiKey: string; accountId: string }[];
  deals: number;
  refused: number;
}

export type AccountsRequest =
  | { do: 'start'; databaseUrl: string; amqpUrl: string; brokerUrl: string; encryptionKey: string }
  | { do: 'measure'; seconds: number };
export interface AccountsReply {
  wallMs: number;
  cpuMs: number;
  rssKiB: number;
  /** TCP connections of the process. */
  sockets: number;
  /** Those to PostgreSQL among them. */
  databaseConnections: number;
  statements: number;
  /** Of these, the ones that take, renew or look at leases. */
  leaseStatements: number;
  /** The most frequent, by the beginning of their text. */
  frequent: [text: string, count: number][];
}
