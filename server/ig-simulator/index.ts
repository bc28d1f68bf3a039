// The IG simulator: IG's REST and Lightstreamer's protocol on one local port, over a seeded or replayed market.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createAdmin } from './admin.ts';
import { createAllowanceMeter, simulatedAllowances } from './allowances.ts';
import { createDealingDesk, usualConfirmDelayMs } from './dealing-desk.ts';
import { createFaults } from './faults.ts';
import { instrumentByEpic, instruments } from './market/instruments.ts';
import { createJournal } from './journal.ts';
import { createLogins, type Login } from './logins.ts';
import { createMarket } from './market/seeded-market.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { createNoise, type Noise } from './market/noise.ts';
import type { Simulator, SimulatorOptions } from './options.ts';
import type { PriceSource } from './market/price.ts';
import { seededRandom } from './random.ts';
import { createReplay } from './market/replay.ts';
import { createRest } from './rest.ts';
import { dealEndpoints } from './rest/deals.ts';
import { historyEndpoints } from './rest/history.ts';
import { marketEndpoints } from './rest/markets.ts';
import { priceEndpoints } from './rest/prices.ts';
import { sessionEndpoints } from './rest/session.ts';
import { createSeededPrices } from './market/seeded-prices.ts';
import { createSessions } from './sessions.ts';
import { snapshotOf } from './snapshot.ts';
import { createAccountFeed } from './stream/account-feed.ts';
import { createItems } from './stream/items.ts';
import { createOutbox } from './stream/outbox.ts';
import { createStreamRequests } from './stream/requests.ts';
import { httpStreams, serveSockets } from './stream/server.ts';
import { createTimers } from './timers.ts';

export type { Allowances } from './allowances.ts';
export { FaultSettings, type FaultName, type FaultSetting } from './faults.ts';
export { epicOfSymbol, instrumentByEpic } from './market/instruments.ts';
export type { SimulatorAccount, SimulatorLogin } from './logins.ts';
export type { AccountSnapshot } from './snapshot.ts';

export type { ReplayOptions, Simulator, SimulatorOptions, SimulatorStats } from './options.ts';

/** Starts the simulator. Rejects when the port is taken (`EADDRINUSE`), a login is invalid, a replay file is unreadable, or the journal is damaged. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', port, seed, clock, ids, logger, realHours = false, replay } = options;
  const logins = createLogins(ids);
  for (const login of options.logins) logins.add(login);
  const journal = options.dataDir === undefined ? createMemoryJournal() : createJournal({ dir: options.dataDir, logger });
  const { state: loaded, n } = await journal.load();
  for (const [, account] of loaded.accounts.entries()) logins.restore(account);
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

  const timers = createTimers(clock);
  const faults = createFaults();
  faults.set(options.faults ?? []);
  const trades = createOutbox({ clock, timers, logger });
  const accounts = createAccountFeed({ clock, timers });
  const desk = createDealingDesk({
    journal, sources, clock, random: seededRandom(`${seed}/desk/${n}`), faults, trades, accounts, confirmDelayMs: options.confirmDelayMs ?? usualConfirmDelayMs,
    onFatal(error) {
      hangUp();
      if (options.onFatal) options.onFatal(error);
      else queueMicrotask(() => { throw error; });
    },
  });
  /** The accounts of a login, as wanted when they are new. Only logins made at run time are to be remembered with their credentials. */
  async function openAccounts({ identifier, passwordHash, apiKey, accounts: wanted }: Login, remember: boolean) {
    for (const { accountId, accountType, currency, balance } of wanted) {
      await desk.createAccount({ accountId, login: identifier, accountType, currency, cash: balance, ...(remember && { credentials: { passwordHash, apiKey } }) });
    }
  }

  let muted = false;
  let silent = false;
  let refusal: { code: number; text: string } | undefined;
  const streams = createStreamRequests({
    clock, ids, items: createItems({ sources, figures: desk.figures, accounts, trades, clock }), isMuted: () => muted, isSilent: () => silent, refusal: () => refusal,
    findTokens(cst, xst) {
      const found = sessions.find(cst, xst);
      return typeof found === 'string' ? undefined : found;
    },
  });
  const eachStream = () => [...streams.sessions.values()];
  const simulator: Omit<Simulator, 'baseUrl' | 'port' | 'stop'> = {
    async createLogin(wanted = {}) {
      const { login, password } = logins.create(wanted);
      await openAccounts(login, true);
      return { apiKey: login.apiKey, identifier: login.identifier, password, accountId: login.accounts[0]!.accountId };
    },
    setFaults: faults.set,
    faults: faults.list,
    snapshot: (accountId) => ({ n: journal.stats().n, accounts: snapshotOf(journal.synced(), accountId) }),
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

  const nowMs = () => clock.now().getTime();
  const app = express().disable('x-powered-by').disable('etag');
  app.use('/lightstreamer', httpStreams(streams));
  let baseUrl = '';
  app.use('/simulator', createAdmin({ token: options.adminToken, simulator, baseUrl: () => baseUrl }));
  app.use('/gateway/deal', createRest({
    endpoints: [
      ...sessionEndpoints({ logins, sessions, allowances, figures: desk.figures }), ...marketEndpoints(sources), ...priceEndpoints(sources, allowances, nowMs),
      ...dealEndpoints({ desk, sources }), ...historyEndpoints({ desk, nowMs }),
    ],
    logins, sessions, allowances, faults, timers, ids, logger,
  }));
  app.use((_request, response) => void response.status(404).json({ errorCode: 'invalid.url' }));

  const server = createServer(app);
  const closeSockets = serveSockets(server, streams);
  function hangUp() {
    for (const stream of eachStream()) stream.drop(false);
    closeSockets();
    timers.stop();
    server.close();
    server.closeAllConnections();
  }
  async function shutDown() {
    desk.close();
    hangUp();
    for (const source of sources.values()) source.stop();
    await journal.close();
  }
  try {
    await desk.ready();
    for (const login of options.logins) await openAccounts(logins.find(login.identifier)!, false);
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    await shutDown();
    throw error;
  }
  const bound = (server.address() as AddressInfo).port;
  baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${bound}/gateway/deal`;
  return {
    ...simulator, baseUrl, port: bound,
    async stop() {
      const closed = server.listening ? once(server, 'close') : undefined;
      await shutDown();
      await closed;
    },
  };
}
