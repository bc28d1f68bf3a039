// Dealing in two processes of each role over RabbitMQ and a PostgreSQL, with the stand-alone simulator as IG demo; and over the death of some.
import { expect, test } from 'vitest';
import { acceptDealing } from '../testing/acceptance/dealing.ts';
import type { Steps } from '../testing/acceptance/bench.ts';
import { startInSix, type InSix } from '../testing/acceptance/in-six.ts';
import { describeWith } from '../testing/requires.ts';

const deaths: Steps<InSix> = ({ trader, installation }) => {
  const hal = trader('hal');

  test('an account goes on being dealt on over the kill -9 of a gateway and a worker, and over that of those that took over', async () => {
    const { here, elsewhere, open, close, told } = hal();
    /** Opens at one API and closes at the other; each verdict is told at the second one. */
    async function roundTrip(opens: typeof here, closes: typeof here) {
      const { id, dealId } = await open({}, opens);
      await told.event('deal.accepted', { id });
      await told.event('position.opened', { dealId: dealId! });
      const { id: closing } = await close(dealId!, {}, closes);
      await told.event('deal.accepted', { id: closing });
      await told.event('position.closed', { dealId: dealId! });
    }
    const { gateways, workers, start } = installation();
    const further = Promise.all([start('gateway'), start('worker')]);
    await roundTrip(here, elsewhere);
    // Whichever of the two serves the account is gone after the other; the second time only those that came later are left.
    for (const place of [0, 1]) {
      for (const each of [gateways, workers]) each[place]!.program.child.kill('SIGKILL');
      await roundTrip(here, elsewhere);
      await roundTrip(elsewhere, here);
      await further;
    }
    expect(told.of('deal.accepted')).toHaveLength(10);
  });
};

await describeWith('rabbitmq', 'two of each role, over RabbitMQ', (amqpUrl) =>
  acceptDealing('six processes', () => startInSix(amqpUrl), { 'over deaths': deaths }),
);
