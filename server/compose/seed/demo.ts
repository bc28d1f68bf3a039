// The small past of the demo login, given at the first start of an installation, so that history, portfolio and performance show something.
import { desc, eq, ne, or } from 'drizzle-orm';
import { auditLog, brokerAccounts, users } from '../../../drizzle/schema/index.ts';
import type { Database } from '../../db/client.ts';
import { createLifecycle } from '../../lib/lifecycle.ts';
import { demoLogin } from '../../modules/auth/index.ts';
import { openGround, type Ground } from '../ground.ts';
import { composeUserAdministration } from '../users.ts';
import { openActor, type Parts } from './actor.ts';
import { demoWatchlists } from './people.ts';
import { seedUser } from './world.ts';

/** Eight trades of the days before, two positions that stay open, one closed today: 1.4 s on two slow cores, most of it the broker's candles. */
const extent = { seed: 1, deals: 11, days: 7 } as const;
const action = 'start.seed-demo';

/**
 * Gives the demo login a past, where nobody has used this installation yet; whether it did. A start that was killed meanwhile is gone on
 * with. Before this process answers anybody, since an account is given its past when it is made. Never rejects but for a process that
 * stops: without a past everything works.
 */
export async function seedDemo(ground: Ground, parts: Parts): Promise<boolean> {
  const { databaseUrl, lifecycle, logger, clock } = ground;
  if (!(await isUntouched(ground.database))) return false;
  // What is composed for it ends with it, and reaches nothing of the server that is being composed.
  const own = createLifecycle(logger);
  let stopping = false;
  lifecycle.onClose('seeding', () => {
    stopping = true;
    return own.close();
  });
  try {
    const alone = await openGround({ databaseUrl, amqpUrl: undefined, lifecycle: own, logger, clock });
    const { get, audited } = composeUserAdministration(alone, parts.config);
    await audited(action, demoLogin.email, async () => {
      const user = await get(demoLogin.email);
      const actor = await openActor(alone, parts);
      await seedUser(
        actor,
        user,
        { watchlists: demoWatchlists },
        {
          ...extent,
          now: clock.now(),
          patienceMs: 0, // the server that runs then finds it out
        },
      );
    });
    return true;
  } catch (err) {
    if (stopping) throw err;
    logger.warn({ err, part: 'seed' }, 'the demo login starts without a past: it could not be made');
    return false;
  } finally {
    await own.close();
  }
}

/** Nobody is there beside the demo login, and nothing was done to it, or by it, but a seeding that a crash cut off. */
async function isUntouched({ db }: Database): Promise<boolean> {
  const [demo] = await db.select({ id: users.id }).from(users).where(eq(users.email, demoLogin.email));
  const [other] = await db
    .select({ id: users.id })
    .from(users)
    .where(ne(users.email, demoLogin.email))
    .limit(1);
  if (!demo || other) return false;
  const [newest] = await db
    .select({ action: auditLog.action, outcome: auditLog.outcome })
    .from(auditLog)
    .where(or(eq(auditLog.action, action), eq(auditLog.subject, demoLogin.email)))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(1);
  if (newest) return newest.action === action && newest.outcome === 'started';
  return (await db.$count(brokerAccounts)) === 0;
}
