// The IG simulator: IG's REST and Lightstreamer's protocol on one local port, over a seeded or replayed market.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createAdmin } from './access/admin.ts';
import { createAllowanceMeter, simulatedAllowances } from './access/allowances.ts';
import { createDealingDesk } from './desk/dealing-desk.ts';
import { requirePossible, type Past } from './desk/past.ts';
import { streamTexts } from './stream/codes.ts';
import { createFaults } from './faults/faults.ts';
import { disturbed } from './market/disturbed.ts';
import { instruments } from './market/instruments.ts';
import { createJournal } from './books/journal.ts';
import { createLogins, type Login } from './access/logins.ts';
import { createMarket } from './market/seeded-market.ts';
import { createMemoryJournal } from './books/memory-journal.ts';
import { createNoise, type Noise } from './market/noise.ts';
import type { Simulator, SimulatorOptions } from './options.ts';
import type { PriceSource } from './market/price.ts';
import { seededRandom } from './random.ts';
import { createReplay } from './market/replay.ts';
import { createRest } from './rest/server.ts';
import { createEndpoints } from './rest/table.ts';
import { openState, saveState } from './books/saved-state.ts';
import { checkSeed, keepSeed } from './books/seed-file.ts';
import { createSeededPrices } from './market/seeded-prices.ts';
import { createSessions } from './access/sessions.ts';
import { snapshotOf } from './books/snapshot.ts';
import { createAccountFeed } from './stream/account-feed.ts';
import { createItems } from './stream/items.ts';
import { createOutbox } from './stream/outbox.ts';
import { createStreamRequests } from './stream/requests.ts';
import { httpStreams, serveSockets } from './stream/server.ts';
import { createTimers } from './timers.ts';

export type { Allowances } from './access/allowances.ts';
export { FaultSettings, type FaultSetting } from './faults/settings.ts';
export type { FaultName } from './faults/table.ts';
export { instrumentByEpic } from './market/instruments.ts';
export { readRecording } from './market/recording.ts';
export { recordingOf } from './market/symbols.ts';
export { seedOf } from './books/seed-file.ts';
export type { SimulatorAccount, SimulatorLogin } from './access/logins.ts';
export type { Past, PastTrade } from './desk/past.ts';
export type { AccountSnapshot } from './books/snapshot.ts';

export type { ReplayOptions, Simulator, SimulatorOptions, SimulatorStats } from './options.ts';

/** Starts the simulator. Rejects when the port is taken (`EADDRINUSE`), a login is invalid, a replay file is unreadable, or the journal is damaged. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', port, seed, clock, ids, logger, realHours = false } = options;
  const logins = createLogins(ids);
  for (const login of options.logins) logins.add(login);
  const journal =
    options.dataDir === undefined ? createMemoryJournal() : createJournal({ dir: options.dataDir, logger });
  const begin = options.begin === undefined ? undefined : openState(options.begin, seed);
  if (options.dataDir !== undefined) checkSeed(options.dataDir, seed);
  await journal.load();
  if (begin) {
    await journal.adopt(begin).catch(async (error: unknown) => {
      await journal.close();
      throw error;
    });
  }
  if (options.dataDir !== undefined) keepSeed(options.dataDir, seed);
  logins.restore([...journal.synced().accounts.entries()].map(([, account]) => account));
  const sessions = createSessions({ clock, ids });
  const allowances = createAllowanceMeter(options.allowances ?? simulatedAllowances, clock);

  const timers = createTimers(clock);
  const faults = createFaults({
    clock,
    timers,
    acts: {
      maintenance: () => sessions.voidAll(),
      'stream-drop': ({ accountId, recoverable = true }) =>
        eachStream(accountId).forEach((stream) => stream.drop(recoverable)),
      'stream-loop': ({ accountId }) => eachStream(accountId).forEach((stream) => stream.loop()),
      'stream-end': ({ accountId, code }) =>
        eachStream(accountId).forEach((stream) => stream.end(Number(code), streamTexts[Number(code)]!)),
    },
  });
  faults.onChange(() => eachStream().forEach((stream) => stream.flush()));

  const noises = new Map<string, Noise>();
  function noiseOf(factor: string): Noise {
    const noise = noises.get(factor) ?? createNoise(`${seed}/${factor}`);
    noises.set(factor, noise);
    return noise;
  }
  const pastMarkets = new Map(
    instruments.map((instrument) => [
      instrument.epic,
      { instrument, market: createMarket(instrument, { seed, realHours }, noiseOf) },
    ]),
  );
  const undisturbed = new Map<string, PriceSource>(
    [...pastMarkets].map(([epic, { instrument, market }]) => [
      epic,
      createSeededPrices(instrument, market, clock),
    ]),
  );
  const { sources: replayed, ...replay } = await createReplay(options.replay ?? { files: [], speed: 1 }, {
    clock,
    logger,
  });
  for (const [epic, source] of replayed) {
    undisturbed.set(epic, source);
    pastMarkets.delete(epic); // what was recorded has no other past
  }
  const sources = new Map([...undisturbed].map(([epic, source]) => [epic, disturbed(source, faults)]));

  const trades = createOutbox({ clock, timers, logger });
  const accounts = createAccountFeed({ clock, timers });
  const desk = createDealingDesk({
    journal,
    sources,
    pastMarkets,
    randomAt: (decisions) => seededRandom(`${seed}/desk/${decisions}`),
    faults,
    trades,
    accounts,
    confirmDelayMs: options.confirmDelayMs ?? [0, 0],
    onFatal(error) {
      hangUp();
      if (options.onFatal) options.onFatal(error);
      else
        queueMicrotask(() => {
          throw error;
        });
    },
  });
  /** The accounts of a login, as wanted when they are new. Only logins made at run time are to be remembered with their credentials. */
  async function openAccounts(
    { identifier, passwordHash, apiKey, accounts: wanted }: Login,
    { remember, past }: { remember: boolean; past?: Past | undefined },
  ) {
    for (const [place, { accountId, accountName, accountType, currency, balance }] of wanted.entries()) {
      const account = {
        accountId,
        login: identifier,
        accountType,
        currency,
        cash: balance,
        ...(remember && { credentials: { passwordHash, apiKey, place, accountName } }),
      };
      await desk.createAccount(account, place === 0 ? past : undefined);
    }
  }

  const streams = createStreamRequests({
    clock,
    ids,
    items: createItems({ sources, figures: desk.figures, accounts, trades, clock: faults.clock }),
    faults,
    tlcp25: options.tlcp25 ?? 'accept',
    findTokens(cst, xst) {
      const found = sessions.find(cst, xst);
      return typeof found === 'string' ? undefined : found;
    },
  });
  function eachStream(accountId?: string) {
    return [...streams.sessions.values()].filter(
      ({ viewer }) => accountId === undefined || viewer.account.accountId === accountId,
    );
  }
  const simulator: Omit<Simulator, 'baseUrl' | 'port' | 'stop'> = {
    async createLogin({ past, ...wanted } = {}) {
      if (past) requirePossible(past, { markets: pastMarkets, untilMs: nowMs() });
      const { login, password } = logins.create(wanted);
      await openAccounts(login, { remember: true, past });
      return {
        apiKey: login.apiKey,
        identifier: login.identifier,
        password,
        accountId: login.accounts[0]!.accountId,
      };
    },
    setFaults: faults.set,
    faults: faults.list,
    setFaultsOf: faults.setOf,
    faultsOf: faults.listOf,
    save: () => saveState(journal.synced(), { seed, at: clock.now() }),
    snapshot: (accountId) => ({ n: journal.stats().n, accounts: snapshotOf(journal.synced(), accountId) }),
    allowances: () => allowances.limits,
    grantAllowances: allowances.grant,
    replay,
    stats() {
      const items = eachStream()
        .flatMap((stream) => [...stream.subscriptions.values()])
        .reduce((sum, subscription) => sum + subscription.items, 0);
      return { logins: logins.count(), streams: streams.sessions.size, items, replay: replay.state().epics };
    },
  };

  const nowMs = () => faults.clock.now().getTime();
  const app = express().disable('x-powered-by').disable('etag');
  app.use('/lightstreamer', httpStreams(streams, faults));
  let baseUrl = '';
  app.use('/simulator', createAdmin({ token: options.adminToken, simulator, baseUrl: () => baseUrl }));
  app.use(
    '/gateway/deal',
    createRest({
      endpoints: createEndpoints({
        logins,
        sessions,
        allowances,
        sources,
        desk,
        seed,
        nowMs,
        newReference: () => ids.next('quote'),
      }),
      logins,
      sessions,
      allowances,
      faults,
      timers,
      ids,
      logger,
    }),
  );
  app.use((_request, response) => void response.status(404).json({ errorCode: 'invalid.url' }));

  const server = createServer(app);
  const closeSockets = serveSockets(server, streams, faults);
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
    faults.set(options.faults ?? []);
    await desk.ready();
    for (const login of options.logins)
      await openAccounts(logins.find(login.identifier)!, { remember: false });
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    await shutDown();
    throw error;
  }
  const bound = (server.address() as AddressInfo).port;
  baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${bound}/gateway/deal`;
  return {
    ...simulator,
    baseUrl,
    port: bound,
    async stop() {
      const closed = server.listening ? once(server, 'close') : undefined;
      await shutDown();
      await closed;
    },
  };
}
