// Live prices by command, as one types it: piped, as JSON, and what it says to wrong input.
import path from 'node:path';
import { expect, test } from 'vitest';
import { Tick } from '../shared/market-data.ts';
import { listen } from '../server/testing/listen.ts';
import { startProgram, temporaryFolder } from '../server/testing/processes.ts';
import { testDb } from '../server/testing/test-db.ts';

const [euro, ftse] = ['CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP'];
const watch = (url: string, ...args: string[]) =>
  startProgram('scripts/watch.ts', { args: ['--url', url, ...args] });

test(
  'piped it prints a line for each price, with --json an object a line, until it is stopped; a server that goes and comes back is found again',
  { timeout: 120_000 },
  async () => {
    await using db = await testDb();
    using folder = temporaryFolder('watch');
    const start = async (port: string) => {
      const env = {
        DATABASE_URL: db.url,
        PORT: port,
        DATA_DIR: path.join(folder.path, 'data'),
        SEED_DEMO: 'off',
      };
      const server = startProgram('server/main/all.ts', { cwd: folder.path, env });
      const [, url] = await server.printed(/Page +(http:\/\/\S+?)\/?\s/);
      return { server, url: url! };
    };
    const first = await start('0');
    const { url } = first;
    {
      await using piped = watch(url, euro!, ftse!, euro!);
      await piped.printed(/^\S+Z CS\.D\.EURUSD\.CFD\.IP [\d.]+ [\d.]+ tradeable$/m);
      await piped.printed(/^\S+Z IX\.D\.FTSE\.IFE\.IP [\d.]+ [\d.]+ tradeable$/m);
      piped.child.kill('SIGINT');
      expect(await piped.exited).toBe(0);
    }
    await using json = watch(url, euro!, '--json');
    const [line] = await json.printed(/^\{.*\}\n/m);
    const { at, receivedAt, ...rest } = JSON.parse(line) as Record<string, string>;
    expect(Tick.parse({ ...rest, at: new Date(at!), receivedAt: new Date(receivedAt!) }).epic).toBe(euro);

    const wrong = async (...args: string[]) => {
      await using program = watch(url, ...args);
      return [await program.exited, program.output()];
    };
    expect(await wrong('CS.D.NOTHING.CFD.IP')).toEqual([
      1,
      expect.stringContaining('CS.D.NOTHING.CFD.IP, which is no market of the feed simulated'),
    ]);
    {
      await using partly = watch(url, 'CS.D.NOTHING.CFD.IP', euro!);
      await partly.printed(/not known on this feed and left out: CS\.D\.NOTHING\.CFD\.IP\n/);
      await partly.printed(/^\S+Z CS\.D\.EURUSD\.CFD\.IP /m);
    }
    expect(await wrong(euro!, '--feed', 'demo')).toEqual([1, expect.stringContaining('no feed demo here')]);
    expect(await wrong('--list', 'metals')).toEqual([
      2,
      expect.stringMatching(/no watchlist metals, but \S/),
    ]);
    expect(await wrong('--list', 'metals', euro!)).toEqual([2, expect.stringContaining('not both')]);
    {
      await using ofList = watch(url);
      await ofList.printed(
        /CS\.D\.EURUSD\.CFD\.IP [^]*\n.*IX\.D\.FTSE\.IFE\.IP |IX\.D\.FTSE\.IFE\.IP [^]*\n.*CS\.D\.EURUSD\.CFD\.IP /,
      );
    }

    await first.server[Symbol.asyncDispose]();
    await json.printed(/the connection is lost; trying again/);
    const before = json.output().length;
    await using _second = (await start(new URL(url).port)).server;
    await expect.poll(() => json.output().slice(before), { timeout: 60_000 }).toMatch(/^\{.*"stale":false/m);
  },
);

test('where nothing listens it says how to start what should; an address that cannot be is said to be none', async () => {
  const { url, ...was } = await listen(() => undefined);
  await was[Symbol.asyncDispose]();
  await using program = watch(url, euro!);
  expect(await program.exited).toBe(1);
  expect(program.output()).toBe(
    `watch: nothing listens at ${url}: start FTrader with npm start, and give its address with --url\n`,
  );
  await using nowhere = watch('http://127.0.0.1:9', euro!);
  expect([await nowhere.exited, nowhere.output()]).toEqual([
    1,
    'watch: http://127.0.0.1:9 could not be asked: bad port\n',
  ]);
});
