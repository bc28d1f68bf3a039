// A demo world for an installation: people with accounts, deals, portfolios and lists. What is there already stays and is not added twice.
import { createHmac } from 'node:crypto';
import { composeUserAdministration } from '../users.ts';
import type { Secrets } from '../given.ts';
import type { Ground } from '../ground.ts';
import { openActor, type Parts } from './actor.ts';
import { personOf } from './people.ts';
import { seedUser, type Added, type Wanted } from './world.ts';

export type { Added, Wanted } from './world.ts';
export { planWorld, type Planned } from './plan.ts';
export { seedDemo } from './demo.ts';

/** With which everybody of the demo world signs in: this installation's own, so that nobody knows it who did not seed. */
export const seedPassword = ({ secretKey }: Pick<Secrets, 'secretKey'>): string =>
  `seed-${createHmac('sha256', secretKey).update('seed password').digest('base64url').slice(0, 12)}`;

/** Of somebody at a terminal. */
const patienceMs = 90_000;

/** `onStep` hears what is done for whom. Throws Error, in words, and broker.* AppErrors; then the same call goes on from there. */
export async function seedWorld(
  ground: Ground,
  parts: Parts,
  wanted: Wanted,
  onStep: (who: { n: number; email: string }, step: string) => void = () => undefined,
): Promise<Added[]> {
  const administration = composeUserAdministration(ground, parts.config);
  const actor = await openActor(ground, parts);
  const password = seedPassword(parts.secrets);
  const added: Added[] = [];
  for (let n = 0; n < wanted.users; n++) {
    const person = personOf(wanted.seed, n);
    const { email, name } = person;
    const isThere = (await administration.find(email)) !== undefined;
    added.push(
      await administration.audited('command.seed', email, async () => {
        if (!isThere) await administration.addUser({ email, name, password });
        const user = await administration.get(email);
        const rest = await seedUser(actor, user, person, { ...wanted, patienceMs }, (step) =>
          onStep({ n, email }, step),
        );
        return { ...rest, user: !isThere };
      }),
    );
  }
  return added;
}
