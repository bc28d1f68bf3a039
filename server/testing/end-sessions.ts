// A command as its own process: ends all sessions of a user, on nothing but the database. Arguments: its address, the user's id.
import { composeAuth } from '../compose/auth.ts';
import { openGround } from '../compose/ground.ts';
import { readConfig } from '../config.ts';
import { createJobs } from '../jobs/index.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';

const [databaseUrl = '', userId = ''] = process.argv.slice(2);
const lifecycle = createLifecycle(logger);
const ground = await openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger });
const auth = composeAuth(ground, {
  config: readConfig({ NODE_ENV: 'test' }),
  secretKey: 'a secret of a test, long enough to sign',
  jobs: createJobs({ databaseUrl, logger }),
});
await auth.endSessionsOf(userId);
await lifecycle.close();
