// A worker that delivers and nothing else, as a program of its own, so that a test can kill it. Its clock is AHEAD_MS ahead of the machine's.
import { createDatabase } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { deliveryProcess } from './delivery-rig.ts';

const { DATABASE_URL: url, SMTP_URL: smtpUrl, AHEAD_MS: aheadMs } = process.env;
const clock = { ...systemClock, now: () => new Date(Date.now() + Number(aheadMs)) };
const database = createDatabase({ url: url!, logger: silentLogger, max: 4 });
const { delivering } = deliveryProcess({ database, clock, ids: createIds(clock), smtpUrl: smtpUrl! });
delivering.start();
