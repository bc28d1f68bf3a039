// The IG simulator: IG's REST and Lightstreamer's protocol on one local port, over a seeded or replayed market.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { createAdmin } from './admin.ts';
import { createAllowanceMeter, simulatedAllowances, type Allowances } from './allowances.ts';
import { instrumentByEpic, instruments } from './instruments.ts';
import { createLogins, type SimulatorLogin } from './logins.ts';
import { createMarket } from './market.ts';
import { createNoise, type Noise } from './noise.ts';
import type { PriceSource } from './price.ts';
import { createReplay } from './replay.ts';
import { createRest } from './rest.ts';
import { marketEndpoints } from './rest/markets.ts';
import { priceEndpoints } from './rest/prices.ts';
import { sessionEndpoints } from './rest/session.ts';
import { createSeededPrices } from './seeded-prices.ts';
import { createSessions } from './sessions.ts';
import { createItems } from './stream/items.ts';
import { createStreamRequests } from './stream/requests.ts';
import { httpStreams, serveSockets } from './stream/server.ts';

export type { Allowances } from './allowances.ts';
export { epicOfSymbol, instrumentByEpic } from './instruments.ts';
export type { SimulatorAccount, SimulatorLogin } from './logins.ts';

export interface ReplayOptions {
  files: { path: string; epic: string }[];
  /** 1 = as recorded; `max` = as fast as the slowest subscriber takes it. */
  speed: number | 'max';
  loop?: boolean;
  /** Each file begins when its item is first subscribed (default) or at once. */
  start?: 'onSubscribe' | 'now';
}
export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  seed: string;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Turns the routes below /simulator on. */
  adminToken?: string;
  logins: SimulatorLogin[];
  replay?: ReplayOptions;
  /** Keep IG's opening hours; otherwise every market is always open. */
  realHours?: boolean;
  allowances?: Allowances;
}
export interface SimulatorStats { logins: number; streams: number; items: number; muted: boolean; replay: Record<string, { rows: number; done: boolean }> }
export interface Simulator {
  /** What an IG client takes as its base address, ending in /gateway/deal. */
  baseUrl: string;
  port: number;
  stop(): Promise<void>;
  /** Adds a login; what is not named is made up. Repeating one with its password returns it. */
  createLogin(wanted?: Partial<SimulatorLogin>): { apiKey: string; identifier: string; password: string; accountId: string };
  /** Breaks every stream connection without a word; with `recoverable: false` their sessions are forgotten too. */
  dropStreams(options?: { recoverable?: boolean }): void;
  /** Open but mute: updates are swallowed; with `keepalives: false` not even a PROBE is sent. */
  muteStreams(muted: boolean, options?: { keepalives?: boolean }): void;
  /** Asks every stream to bind again (LOOP). */
  loopStreams(): void;
  /** Ends every stream session with an END code. */
  endStreams(code: number, text: string): void;
  /** Answers every create_session with this CONERR; undefined ends it. */
  refuseStreams(refusal: { code: number; text: string } | undefined): void;
  /** Makes every token invalid, as IG's weekend maintenance does. */
  voidTokens(): void;
  stats(): SimulatorStats;
}

/** Starts the simulator. Rejects when the port is taken (`EADDRINUSE`), a login is invalid, or a replay file is unreadable. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', port, seed, clock, ids, logger, realHours = false, replay } = options;
  const logins = createLogins(ids);
  for (const login of options.logins) logins.add(login);
  const sessions = createSessions({ clock, ids });
  const allowances = createAllowanceMeter(options.allowances ?? simulatedAllowances, clock);

  const noises = new Map<string, Noise>();
  function noiseOf(factor: string): Noise {
    const noise = noises.get(factor) ?? createNoise(`${seed}/${factor}`);
    noises.set(factor, noise);
    return noise;
  }
  const sources = new Map<string, PriceSource>(instruments.map((instrument) => [instrument.epic, createSeededPrices(instrument, createMarket(instrument, { seed, realHours }, noiseOf), clock)]));
  const replays: Awaited<ReturnType<typeof createReplay>>[] = [];
  for (const { path, epic } of replay?.files ?? []) {
    const instrument = instrumentByEpic.get(epic);
    if (!instrument) throw new Error(`cannot replay ${path}: no instrument ${epic}`);
    const source = await createReplay({ path, instrument, speed: replay!.speed, loop: replay!.loop ?? false, start: replay!.start ?? 'onSubscribe', clock, logger });
    replays.push(source);
    sources.set(epic, source);
  }

  let muted = false;
  let silent = false;
  let refusal: { code: number; text: string } | undefined;
  const streams = createStreamRequests({
    clock, ids, items: createItems(sources, () => muted), isSilent: () => silent, refusal: () => refusal,
    findTokens(cst, xst) {
      const found = sessions.find(cst, xst);
      return typeof found === 'string' ? undefined : found;
    },
  });
  const eachStream = () => [...streams.sessions.values()];
  const simulator: Omit<Simulator, 'baseUrl' | 'port' | 'stop'> = {
    createLogin(wanted = {}) {
      const { apiKey, identifier, password, accounts } = logins.create(wanted);
      return { apiKey, identifier, password, accountId: accounts[0]!.accountId };
    },
    dropStreams({ recoverable = true } = {}) {
      for (const stream of eachStream()) stream.drop(recoverable);
    },
    muteStreams(value, { keepalives = true } = {}) {
      muted = value;
      silent = value && !keepalives;
      for (const stream of eachStream()) stream.flush();
    },
    loopStreams() {
      for (const stream of eachStream()) stream.loop();
    },
    endStreams(code, text) {
      for (const stream of eachStream()) stream.end(code, text);
    },
    refuseStreams: (value) => void (refusal = value),
    voidTokens: () => sessions.voidAll(),
    stats() {
      const items = eachStream().flatMap((stream) => [...stream.subscriptions.values()]).reduce((sum, subscription) => sum + subscription.items, 0);
      return { logins: logins.count(), streams: streams.sessions.size, items, muted, replay: Object.fromEntries(replays.map((source) => [source.instrument.epic, source.stats()])) };
    },
  };

  const app = express().disable('x-powered-by').disable('etag');
  app.use('/lightstreamer', httpStreams(streams));
  let baseUrl = '';
  app.use('/simulator', createAdmin({ token: options.adminToken, createLogin: logins.create, dropStreams: simulator.dropStreams, muteStreams: simulator.muteStreams, state: simulator.stats, baseUrl: () => baseUrl }));
  app.use('/gateway/deal', createRest({
    endpoints: [...sessionEndpoints({ logins, sessions, allowances }), ...marketEndpoints(sources), ...priceEndpoints(sources, allowances, () => clock.now().getTime())],
    logins, sessions, allowances, ids, logger,
  }));
  app.use((_request, response) => void response.status(404).json({ errorCode: 'invalid.url' }));

  const server = createServer(app);
  const closeSockets = serveSockets(server, streams);
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${bound}/gateway/deal`;
  return {
    ...simulator, baseUrl, port: bound,
    async stop() {
      for (const stream of eachStream()) stream.drop(false);
      closeSockets();
      for (const source of sources.values()) source.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
