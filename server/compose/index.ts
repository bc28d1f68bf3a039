// The only place that builds things: a Config becomes running parts, and each part registers how it is closed. One file per plane.
import { pause } from '../lib/clock.ts';
import type { AuthModule } from '../modules/auth/index.ts';
import { openToCallers, startApi } from './api.ts';
import { composeAlertTap, startAlerts } from './alerts.ts';
import { composeAuditJobs } from './audit.ts';
import { composeAuth } from './auth.ts';
import { composeBrokers } from './broker.ts';
import { composeCandleJobs, composeCandles, composeRecorder } from './candles.ts';
import { tellFailedJobs } from './failures.ts';
import { composeTaps, startGateway } from './gateway.ts';
import { openGround } from './ground.ts';
import { answerForKeys, composeKeyring } from './keys.ts';
import { composeMail } from './mail.ts';
import { composeMarketData } from './market-data.ts';
import { composeTrading, composeWriters } from './money.ts';
import { composeNotificationJobs } from './notifications.ts';
import type { ComposeOptions, Running } from './options.ts';
import { composePortfolioJobs } from './portfolio.ts';
import { composePrices } from './prices.ts';
import { startProbes } from './probes.ts';
import { seedDemo } from './seed/index.ts';
import { composeSignals } from './signals.ts';
import { startSimulator } from './simulator.ts';
import { startWorker } from './worker.ts';

export type { Secrets } from './given.ts';
export type { ComposeOptions, Role, Running } from './options.ts';

/** How often readiness is looked at while a start settles. */
const settleStepMs = 50;

/** Builds and starts the roles in the order in which they need each other. Whatever fails, what was started is closed by the lifecycle. */
export async function compose({ config, secrets, version, ...options }: ComposeOptions): Promise<Running> {
  const has = (role: ComposeOptions['roles'][number]) => options.roles.includes(role);
  const ground = await openGround({ ...options, amqpUrl: config.amqpUrl });
  const mail = composeMail(ground, config);
  const keyring = composeKeyring(secrets);
  const writers = composeWriters(ground, { config, mail, keyring });
  const { jobs } = writers;
  // It is in the memory of whoever sends mail: an API alone has nothing to show.
  const hasMailbox = mail.kept() !== null && has('worker');
  const auth =
    has('worker') || has('api')
      ? composeAuth(ground, {
          config,
          secretKeys: [secrets.secretKey, ...(secrets.formerSecretKeys ?? [])],
          jobs,
          notify: writers.notifications.notify,
          mail,
          keyring,
          hasMailbox,
          accountsOf: (userId) => brokers.accounts.idsOf(userId),
        })
      : undefined;
  // Before a broker is asked for anything: a start that is refused leaves nothing outside.
  if (auth && has('api')) await openToCallers(config, auth);
  // Pointed at a simulator by IG_BASE_URL, a second one beside it would only confuse.
  const simulated =
    has('simulator') && config.ig?.environment !== 'simulated'
      ? await startSimulator(ground, {
          adminToken: secrets.simulatorAdminToken,
          market: options.simulator ?? {},
        })
      : undefined;
  await answerForKeys(ground, keyring);
  const demoSeeded =
    options.seedsDemo === true &&
    simulated !== undefined &&
    (await seedDemo(ground, { config, secrets, simulatorUrl: simulated.simulator.baseUrl }));
  const brokers = composeBrokers(ground, {
    config,
    secrets,
    keyring,
    simulated,
    events: writers.events,
    notify: writers.notifications.notify,
    checkPassword: async (who, password) => {
      if (!auth) throw new Error('invariant: nobody types a password where nobody signs in');
      await auth.checkPassword(who, password);
    },
    requireCodeLately: async (who) => {
      if (!auth) throw new Error('invariant: nobody shows a code where nobody signs in');
      await auth.requireCodeLately(who);
    },
    // Where no mail leaves nobody can prove an address.
    mayDealLive: async (userId) =>
      (config.production && !config.smtpUrl) || (await auth?.isEmailVerified(userId)) === true,
  });
  await brokers.accountChanges.start();
  const taps = has('gateway')
    ? [
        composeRecorder(ground),
        composeAlertTap(ground, writers, { brokers, config }),
        ...(options.taps ? composeTaps(ground, writers, options.taps) : []),
      ]
    : [];
  if (has('worker')) {
    tellFailedJobs(ground, writers);
    options.tapJobs?.({ ...ground, ...writers });
    composeCandleJobs(ground, { brokers, config, jobs });
    composePortfolioJobs(ground, brokers, writers);
    composeNotificationJobs(ground, writers, config);
  }
  const money = auth ? composeMoney(auth) : undefined;
  ground.lifecycle.onClose('jobs', () => jobs.close());
  await jobs.start({ work: has('worker') });
  if (has('gateway')) await startGateway(ground, brokers, taps);
  if (money) {
    await money.prices.hub.start();
    await writers.followers.start();
  }
  if (money && has('worker')) {
    await startWorker(ground, brokers, writers, money.trading);
    startAlerts(ground, writers, { trading: money.trading, brokers, config });
  }
  const api =
    money && has('api')
      ? await startApi(ground, {
          config,
          mail,
          version,
          writers,
          hasSimulator: simulated !== undefined,
          hasMailbox,
          ...money,
        })
      : undefined;
  const { probes: wanted } = options;
  const probes = wanted && !api ? await startProbes(ground, { config, wanted }) : undefined;

  function composeMoney(auth: AuthModule) {
    composeAuditJobs(ground, { config, jobs });
    const prices = composePrices(ground, brokers);
    const trading = composeTrading(ground, brokers, writers, prices, { appliesEvents: has('worker') });
    const marketData = composeMarketData(
      ground,
      brokers,
      writers,
      prices,
      trading,
      has('api') ? composeCandles(ground, { brokers, config }) : undefined,
    );
    const signals = composeSignals(ground, { auth, accounts: brokers.accounts, trading, writers });
    return { auth, accounts: brokers.accounts, prices, trading, marketData, signals };
  }

  return {
    url: api?.urls[0],
    urls: api?.urls ?? [],
    probesUrl: probes?.url,
    get simulator() {
      return simulated?.simulator;
    },
    demoLogin: api?.demoLogin ?? null,
    demoSeeded,
    hasAdministrator: api?.hasAdministrator ?? false,
    async settled(withinMs) {
      for (let waited = 0; ; waited += settleStepMs) {
        const problems = (await (api ?? probes)?.problems()) ?? [];
        if (problems.length === 0 || waited >= withinMs) return problems;
        await pause(ground.clock, settleStepMs);
      }
    },
  };
}
