// The broker of the orders benchmark: the simulator with its journal on a disk, confirming at once, so that only work is measured.
import { createSimulator } from '../../server/ig-simulator/index.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { logins } from './orders-protocol.ts';

const simulator = await createSimulator({
  port: 0,
  seed: 'bench',
  clock: systemClock,
  ids: createIds(systemClock),
  logger: silentLogger,
  dataDir: process.argv[2]!,
  confirmDelayMs: [0, 0],
  logins: Object.values(logins),
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
process.send!(simulator.baseUrl);
