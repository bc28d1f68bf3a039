// Events as a client follows them from one API process to another.
import { expect, test } from 'vitest';
import { followTold } from '../../told-events.ts';
import type { Steps } from '../bench.ts';

export const streamSteps: Steps = ({ trader }) => {
  const fay = trader('fay');

  test('a client that reconnects at the other process with the last id it has seen is told each event once and in order, whatever happened meanwhile', async () => {
    const { open, close, here, elsewhere, told } = fay();
    const pieces: string[][] = [];
    let seen = '0';
    /** A connection of its own, up to the end of a deal, and then it is gone. */
    async function read(at: typeof here, dealId: string) {
      using piece = followTold(at, seen);
      await piece.event('position.closed', { dealId });
      pieces.push(piece.all.map(({ id }) => id));
      seen = pieces.at(-1)!.at(-1)!;
    }
    for (const at of [here, elsewhere, here, elsewhere]) {
      const { dealId } = await open({}, at);
      await close(dealId!, {}, at === here ? elsewhere : here);
      await read(at, dealId!);
    }
    const { dealId } = await open();
    const reading = read(elsewhere, dealId!); // this one is connected while it happens
    await close(dealId!, {}, elsewhere);
    await reading;
    expect(pieces.flat()).toEqual(pieces.flat().map((_id, index) => String(index + 1)));
    await told.reach(seen);
    expect(told.all.slice(0, Number(seen)).map(({ id }) => id)).toEqual(pieces.flat());
  });
};
