// Every fault of the simulator that takes the broker, its stream or an answer away, several at a time: a row each of what its user saw.
import { afterAll, expect, test } from 'vitest';
import { expectHeldUp, outages, suffer, type Seen } from '../testing/outages.ts';

const rows: Seen[] = [];
afterAll(() => console.table(rows));

test.concurrent.each(outages)(
  'through $name its user is told $state and then that all is well, once each, and no deal is lost or doubled',
  async (outage) => {
    const seen = await suffer(outage);
    rows.push(seen);
    expect(seen).toMatchObject({ readable: true, lost: 0, doubled: 0 });
    expect(seen.told).toEqual(outage.state ? [outage.state, 'up'] : []);
    expectHeldUp(outage, seen);
  },
  600_000,
);
