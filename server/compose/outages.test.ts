// The broker away from a whole installation: what its user sees, and that it mends itself. Every way, with times: outages.slow.test.ts.
import { expect, test } from 'vitest';
import { expectHeldUp, outages, suffer } from '../testing/outages.ts';

const short = ['maintenance', 'create-refused', 'dealing-suspended', 'stream-drop'];

test.each(outages.filter(({ name }) => short.includes(name)))(
  'through $name its user is told $state and then that all is well, once each, reads on, and no deal is lost or doubled',
  async (outage) => {
    const seen = await suffer(outage);
    expect(seen).toMatchObject({ readable: true, lost: 0, doubled: 0 });
    expect(seen.told).toEqual(outage.state ? [outage.state, 'up'] : []);
    expectHeldUp(outage, seen);
  },
  300_000,
);
