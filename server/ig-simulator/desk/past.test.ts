// The past of a new account against a simulator that ran through those hours.
import { expect, test } from 'vitest';
import { createIgCaller } from '../../testing/ig-caller.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testSimulator } from '../../testing/test-simulator.ts';

const since = '2026-01-06T21:10:00.000Z';
const end = '2026-01-06T22:20:00.000Z';
const login = { identifier: 'me', password: 'secret', apiKey: 'b'.repeat(40), accountId: 'ME001' };
const trades = [
  {
    dealReference: 'T-0',
    openMs: Date.parse('2026-01-06T21:20:00Z'),
    closeMs: Date.parse('2026-01-06T22:15:00Z'),
    epic: 'IX.D.FTSE.IFE.IP',
    direction: 'BUY',
    size: '2',
  },
  {
    dealReference: 'T-1',
    openMs: Date.parse('2026-01-06T21:30:00Z'),
    closeMs: Date.parse('2026-01-06T22:10:00Z'),
    epic: 'CS.D.EURUSD.MINI.IP',
    direction: 'SELL',
    size: '1',
    stopDistance: '3',
    limitDistance: '3',
  },
] as const;
const past = { sinceMs: Date.parse(since), trades };

/** The same, dealt over REST while the clock goes on. */
async function lived() {
  const clock = createManualClock(new Date(since));
  const simulator = await testSimulator({ clock, logins: [] });
  await simulator.createLogin(login);
  const goTo = (ms: number) => clock.advance(ms - clock.now().getTime());
  const caller = () => createIgCaller({ ...login, baseUrl: simulator.baseUrl });
  const [index, pair] = trades;
  for (const { dealReference, epic, direction, size, openMs, ...rest } of [index, pair]) {
    goTo(openMs);
    const attached = 'stopDistance' in rest && {
      stopDistance: Number(rest.stopDistance),
      limitDistance: Number(rest.limitDistance),
    };
    const currencyCode = epic === index.epic ? 'GBP' : 'USD';
    const body = { dealReference, epic, direction, size: Number(size), currencyCode, ...attached };
    expect((await caller().open(body)).status).toBe(200);
  }
  goTo(pair.closeMs);
  const { positions } = simulator.snapshot().accounts['ME001']!;
  expect(positions.map(({ dealReference }) => dealReference)).toEqual(['T-0']); // the other reached its stop or limit
  goTo(index.closeMs);
  await caller().close({
    dealId: positions[0]!.dealId,
    direction: 'SELL',
    size: Number(index.size),
    orderType: 'MARKET',
  });
  goTo(Date.parse(end));
  return simulator;
}

test('the past of a new account is, to the last digit, what the simulator would have decided had it run through it', async () => {
  await using long = await lived();
  await using short = await testSimulator({ clock: createManualClock(new Date(end)), logins: [] });
  await short.createLogin({ ...login, past });
  const [left, right] = [short.save().state, long.save().state];
  expect(left).toEqual(right);
  expect(JSON.stringify(left)).toMatch(/"type":"funded"/);
  // Once it is there it has the past it has.
  await short.createLogin({ ...login, past });
  expect(short.save().state).toEqual(right);
});

test('a past is on the disk as a whole; one that cannot have been is refused, and others’ accounts know nothing of it', async () => {
  using folder = temporaryFolder('past');
  const clock = createManualClock(new Date(end));
  const options = { clock, dataDir: folder.path };
  {
    await using simulator = await testSimulator(options);
    await simulator.open({ dealReference: 'others', epic: trades[1].epic, stopDistance: 3 });
    const others = simulator.snapshot('ABC12');
    await simulator.createLogin({ ...login, past });
    expect(simulator.snapshot('ABC12').accounts).toEqual(others.accounts);
    expect(simulator.snapshot('ABC12').n).toBe(others.n + 1);
    const [trade] = trades;
    for (const wrong of [
      { sinceMs: past.sinceMs, trades: [{ ...trade, epic: 'XX.D.NONE.IP' }] },
      { sinceMs: past.sinceMs, trades: [{ ...trade, closeMs: trade.openMs }] },
      { sinceMs: past.sinceMs, trades: [{ ...trade, closeMs: Date.parse(end) + 1 }] },
      { sinceMs: trade.openMs + 1, trades: [trade] },
      { sinceMs: 0, trades: [] },
    ])
      await expect(
        simulator.createLogin({ identifier: 'you', accountId: 'YOU01', past: wrong }),
      ).rejects.toThrow(RangeError);
    expect(Object.keys(simulator.snapshot().accounts)).not.toContain('YOU01');
  }
  await using again = await testSimulator(options);
  expect(again.snapshot('ME001').accounts['ME001']!.deals).toEqual({ 'T-0': 1, 'T-1': 1 });
});
