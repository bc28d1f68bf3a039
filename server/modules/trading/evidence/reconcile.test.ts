// A reading of the broker's books where there is much: what it costs under the account's lock, and that nothing is lost by taking it in parts.
import { describe, expect, test } from 'vitest';
import * as build from '../../../testing/build.ts';
import { recordStatements, underLock } from '../../../testing/statements.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

/** At the venue, past its money, and so small that 300 of them are no margin call. */
function openElsewhere(rig: TradingRig, count: number): void {
  for (let n = 0; n < count; n++) {
    const dealId = `DIWEB${String(rig.venue.positions.size).padStart(6, '0')}`;
    rig.venue.positions.set(dealId, {
      dealId,
      dealReference: `WEB-${dealId}`,
      epic: build.eurusd,
      expiry: '-',
      name: 'EUR/USD',
      direction: 'BUY',
      size: '0.001',
      level: '1.17006',
      currency: 'USD',
      contractSize: '100000',
      stopLevel: null,
      limitLevel: null,
      openedAt: rig.clock.now(),
    });
  }
}
function closeElsewhere(rig: TradingRig): void {
  for (const { dealId, epic } of rig.venue.positions.values())
    rig.venue.activity.push(build.closedElsewhere(dealId, { epic, at: rig.clock.now() }));
  rig.venue.positions.clear();
}
/** An account with so many positions that we know, and what a reading of it sends under its lock. */
async function accountWith(count: number) {
  const rig = await tradingRig();
  openElsewhere(rig, count);
  await rig.trading.reconcileAccount(rig.accountId);
  rig.clock.advance(60_000);
  const statements = recordStatements(rig.database);
  return {
    rig,
    async read() {
      statements.take();
      await rig.trading.reconcileAccount(rig.accountId);
      return underLock(statements.take());
    },
    open: async () =>
      (
        await rig.database.pool.query<{ deal_id: string }>(
          'select deal_id from positions where account_id = $1 and closed_at is null order by deal_id',
          [rig.accountId],
        )
      ).rows.map((row) => row.deal_id),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

describe('under the account’s lock a reading sends', () => {
  test.each([
    ['nothing new', 0, 1],
    ['one opening elsewhere', 1, 2],
  ])('as many statements over 300 positions as over 3: %s', async (_, openings, transactions) => {
    const sent = [];
    for (const count of [3, 300]) {
      await using account = await accountWith(count);
      openElsewhere(account.rig, openings);
      const read = await account.read();
      sent.push(read.map((statements) => statements.map(({ text }) => text)));
      expect(await account.open()).toHaveLength(count + openings);
    }
    const [few, many] = sent;
    expect(many).toEqual(few);
    expect(many).toHaveLength(transactions);
    expect(Math.max(...many!.map(({ length }) => length))).toBeLessThanOrEqual(9);
  });

  test('little at a time, however many positions are new: some twenty in a transaction, each told once', async () => {
    await using account = await accountWith(0);
    openElsewhere(account.rig, 120);
    const read = await account.read();
    expect(read).toHaveLength(6);
    for (const statements of read) expect(statements.length).toBeLessThanOrEqual(9);
    expect(await account.rig.told()).toEqual(Array(120).fill('position.opened'));
    expect(await account.read()).toHaveLength(1);
  });

  test('little at a time, however many are closed elsewhere, each told once with the history’s word', async () => {
    await using account = await accountWith(20);
    const { rig } = account;
    closeElsewhere(rig);
    const read = await account.read();
    for (const statements of read) expect(statements.length).toBeLessThanOrEqual(20);
    expect(await account.open()).toEqual([]);
    const told = await rig.told();
    expect(told.filter((type) => type === 'position.closed')).toHaveLength(20);
    expect(told).not.toContain('break.opened');
  });
});

test('a reading that dies half way leaves whole positions, and the next one tells the rest, nothing twice', async () => {
  await using account = await accountWith(0);
  const { rig } = account;
  openElsewhere(rig, 120);
  let appended = 0;
  const dying = rig.restart({
    events: {
      ...rig.deps.events,
      append: (...args) => {
        if (++appended === 2) throw new Error('died here');
        return rig.deps.events.append(...args);
      },
    },
  });
  await expect(dying.reconcileAccount(rig.accountId)).rejects.toThrow('died here');
  expect(await account.open()).toHaveLength(25);
  expect(await rig.told()).toHaveLength(25);
  await rig.trading.reconcileAccount(rig.accountId);
  expect(await account.open()).toHaveLength(120);
  expect(await rig.told()).toEqual(Array(120).fill('position.opened'));
});

describe('a position that was in the last list', () => {
  const hourMs = 3_600_000;
  /** One whose row has not changed for hours, though every reading listed it. */
  async function listedForHours() {
    const account = await accountWith(1);
    for (let hours = 0; hours < 3; hours++) {
      account.rig.clock.advance(hourMs);
      await account.read();
    }
    return account;
  }
  test('is not taken for vanished by one that lacks it, but by those of the next half minute', async () => {
    await using account = await listedForHours();
    const { rig } = account;
    rig.venue.positions.clear();
    for (const [ms, left] of [
      [5_000, 1],
      [5_000, 1],
      [19_999, 1],
      [1, 0],
    ] as const) {
      rig.clock.advance(ms);
      await account.read();
      expect(await account.open(), `${ms} ms on`).toHaveLength(left);
    }
    expect((await rig.told()).slice(-2)).toEqual(['position.closed', 'break.opened']);
  });

  test('and is in a later one again has been there all the time', async () => {
    await using account = await listedForHours();
    const { rig } = account;
    const [position] = [...rig.venue.positions.values()];
    rig.venue.positions.clear();
    rig.clock.advance(20_000);
    await account.read();
    rig.venue.positions.set(position!.dealId, position!);
    rig.clock.advance(5_000);
    await account.read();
    rig.venue.positions.clear();
    rig.clock.advance(20_000);
    await account.read();
    expect(await account.open()).toHaveLength(1);
    expect(await rig.told()).toEqual(['position.opened']);
  });
});

test('a stop moved elsewhere is heard of by a reading, and nothing else is written', async () => {
  await using account = await accountWith(3);
  const [position] = [...account.rig.venue.positions.values()];
  account.rig.venue.positions.set(position!.dealId, { ...position!, stopLevel: '1.10' });
  const read = await account.read();
  const writes = read.flat().filter(({ text }) => text.startsWith('update positions'));
  expect(writes).toHaveLength(1);
  const { positions } = await account.rig.as().listPositions({});
  expect(positions.map(({ stopLevel }) => stopLevel)).toEqual(['1.10', null, null]);
});

test('a list that lags behind does not take back a change that was told a moment ago', async () => {
  await using rig = await tradingRig();
  const dealId = await openedPosition(rig);
  const before = await rig.deps.evidence.positions(undefined as never);
  rig.clock.advance(60_000);
  const amend = await rig.as().amendPosition(rig.amend(dealId, { limitLevel: '1.5' }));
  await rig.applyConfirm(amend.dealReference);
  rig.clock.advance(1_000);
  const lagging = rig.restart({ evidence: { ...rig.deps.evidence, positions: async () => before } });
  await lagging.reconcileAccount(rig.accountId);
  const limits = async () => (await rig.as().listPositions({})).positions.map(({ limitLevel }) => limitLevel);
  expect(await limits()).toEqual(['1.5']);
  rig.clock.advance(5_000);
  await rig.trading.reconcileAccount(rig.accountId);
  expect(await limits()).toEqual(['1.5']);
});
