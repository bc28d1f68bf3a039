// Prices over both protocols: one suite, and the same text of a tick on both.
import { describe, expect, test } from 'vitest';
import { priceRig } from '../testing/price-rig.ts';
import { faces, priceSocketContract } from '../testing/price-socket.contract.ts';

for (const [name, face] of Object.entries(faces)) describe(`over ${name}`, () => priceSocketContract(face));

test('a tick has the same text on both, character by character', async () => {
  await using rig = await priceRig();
  const epic = 'CS.D.EURUSD.CFD.IP';
  const [trpc, plain] = [await rig.raw(), await rig.plain()];
  await rig.gateway.start();
  for (const client of [trpc, plain]) client.watch(1, epic);
  await rig.gateway.watched(epic);
  const { seq } = rig.gateway.tick(epic, { netChange: 'é€😀"', high: null });
  const texts = await Promise.all(
    [trpc, plain].map(async (client) => {
      await client.message((message) => JSON.stringify(message).includes(`"seq":${seq}`));
      return /\[(\{"feed".*?\})\]/.exec(client.texts.at(-1)!)![1]!;
    }),
  );
  expect(texts[0]).toBe(texts[1]);
  expect(JSON.parse(texts[0]!)).toMatchObject({ seq, netChange: 'é€😀"', stale: false });
});
