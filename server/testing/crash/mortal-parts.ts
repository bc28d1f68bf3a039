// The product's own dealing parts in a process that kills itself with SIGKILL at the step FTRADER_CRASH_AT names, once SIGUSR2 has said that the user's request comes next.
import { writeSync } from 'node:fs';
import { createAccountClients as createClients } from '../../ig/index.ts';
import { createTradingModule as createTrading, type TradingModuleDeps } from '../../modules/trading/index.ts';
import { createLife } from './mortal.ts';

export * from '../../ig/index.ts';
export * from '../../modules/trading/index.ts';

const life = createLife(undefined, (step) => {
  writeSync(1, `dies ${step}\n`);
  process.kill(process.pid, 'SIGKILL');
});
process.on('SIGUSR2', () => {
  life.begin(process.env['FTRADER_CRASH_AT'] ?? '');
  writeSync(1, 'armed\n');
});

export const createAccountClients: typeof createClients = (deps) => life.clients(createClients(deps));
export const createTradingModule = (deps: TradingModuleDeps) =>
  createTrading({
    ...deps,
    database: life.database(deps.database),
    accounts: life.port('accounts', deps.accounts),
    dealing: life.port('dealing', deps.dealing),
    evidence: life.port('evidence', deps.evidence),
    prices: life.port('prices', deps.prices, ['latest', 'watch']),
    events: { ...deps.events, ...life.writer(deps.events) },
    notify: (tx, notice) => life.call('notify', () => deps.notify(tx, notice)),
    jobs: {
      ...deps.jobs,
      define(definition) {
        const job = deps.jobs.define(definition);
        return {
          ...job,
          enqueue: (tx, payload, options) =>
            life.call('jobs.enqueue', () => job.enqueue(tx, payload, options)),
        };
      },
    },
  });
