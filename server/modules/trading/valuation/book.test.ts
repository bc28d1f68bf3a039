// What one reader of a valuation is told: everything first, then only what changed, in bounded messages, the last state of each in the end.
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import type { Position, Valuation, ValuationChange } from '../../../../shared/trading.ts';
import { foldValuation } from '../../../../shared/valuation.ts';
import * as build from '../../../testing/build.ts';
import type { PositionRow } from '../positions/store.ts';
import { changesPerMessage, createValuationBook } from './book.ts';
import { createValuer } from './views.ts';
import { valuationText } from './wire-text.ts';

const at = new Date('2026-01-05T09:00:00.123Z');
const row = (n: number, over: Partial<PositionRow> = {}): PositionRow => ({
  accountId: 'acct_1',
  environment: 'simulated',
  dealId: `DI${String(n).padStart(6, '0')}`,
  dealReference: null,
  epic: `CS.D.EPIC${n % 4}.CFD.IP`,
  expiry: '-',
  name: 'Market "of" €',
  direction: 'BUY',
  size: '1',
  level: '1.1',
  currency: 'GBP',
  contractSize: '100',
  stopLevel: null,
  limitLevel: null,
  guaranteedStop: false,
  trailingDistance: null,
  trailingIncrement: null,
  tag: null,
  note: null,
  source: 'ftrader',
  version: 1,
  openedAt: new Date(at.getTime() + n),
  closedAt: null,
  updatedAt: at,
  lastSeenAt: null,
  ...over,
});
const rowsTo = (count: number) => Array.from({ length: count }, (_, n) => row(n));

/** A book of these rows at prices a test sets. */
function bookOf(rows: PositionRow[]) {
  const bids = new Map<string, string>();
  const book = createValuationBook();
  const reader = book.open();
  const valuer = () =>
    createValuer(build.account(), {
      tickOf: (epic) => ({ bid: bids.get(epic) ?? '1.1', offer: '1.2', stale: false }),
      marketOf: () => undefined,
    });
  return {
    book,
    reader,
    rows,
    bids,
    value: () => book.value({ account: build.account(), rows, risk: undefined }, valuer(), at),
    moveAll(bid: string) {
      for (let n = 0; n < 4; n++) bids.set(`CS.D.EPIC${n}.CFD.IP`, bid);
    },
    first: () => reader.take() as Valuation,
    next: () => reader.take() as ValuationChange,
  };
}
const idsOf = (positions: readonly Position[]) => positions.map(({ dealId }) => dealId);

describe('a reader', () => {
  test('is told everything first, then the positions whose market has moved and no others', async () => {
    const x = bookOf(rowsTo(8));
    await x.value();
    expect(idsOf(x.first().positions)).toEqual(idsOf(x.rows as unknown as Position[]));
    x.bids.set('CS.D.EPIC1.CFD.IP', '1.3');
    await x.value();
    expect(x.next()).toMatchObject({
      summary: { runningProfit: '40' },
      changed: [
        { dealId: 'DI000001', bid: '1.3', runningProfit: '20' },
        { dealId: 'DI000005', bid: '1.3', runningProfit: '20' },
      ],
      closed: [],
      pending: 0,
    });
    await x.value();
    expect(x.next()).toMatchObject({ changed: [], closed: [], pending: 0 });
  });

  test('is told what was opened, changed and closed, each once', async () => {
    const x = bookOf(rowsTo(3));
    await x.value();
    x.first();
    x.rows.splice(0, 2, row(1, { size: '0.5', version: 2 }));
    x.rows.push(row(9));
    await x.value();
    expect(x.next()).toMatchObject({
      changed: [{ dealId: 'DI000001', size: '0.5' }, { dealId: 'DI000009' }],
      closed: ['DI000000'],
    });
    await x.value();
    expect(x.next()).toMatchObject({ changed: [], closed: [] });
  });

  test('who is slow is told the last state of each, the longest waiting first, and how many wait', async () => {
    const x = bookOf(rowsTo(600));
    await x.value();
    let known: Valuation = x.first();
    for (const bid of ['1.3', '1.4', '1.5']) {
      x.moveAll(bid);
      await x.value();
    }
    const sizes: [changed: number, pending: number][] = [];
    const told: string[] = [];
    do {
      const message = x.next();
      sizes.push([message.changed.length, message.pending]);
      told.push(...idsOf(message.changed));
      known = foldValuation(known, message);
      if (sizes.length === 1) {
        x.moveAll('1.6'); // moves again while some still wait: these are told first, at the newest price
        await x.value();
      }
    } while (x.reader.pending);
    expect(sizes).toEqual([
      [250, 350],
      [250, 350],
      [250, 100],
      [100, 0],
    ]);
    expect(changesPerMessage).toBe(250);
    expect(told.slice(250, 600)).toEqual(idsOf(x.rows.slice(250) as unknown as Position[]));
    expect(new Set(known.positions.map(({ bid }) => bid))).toEqual(new Set(['1.6']));
  });

  test('is told of no change of a position that was closed before its turn came', async () => {
    const x = bookOf(rowsTo(300));
    await x.value();
    x.first();
    x.moveAll('1.3');
    await x.value();
    x.rows.splice(0, 300);
    await x.value();
    const { changed, closed, pending } = x.next();
    expect([changed.length, closed.length, pending]).toEqual([0, 300, 0]);
    expect(x.reader.pending).toBe(false);
  });
});

describe('readers of one account', () => {
  test('who were told the same get the same message, the whole and each change; one who comes later begins with the whole', async () => {
    const x = bookOf(rowsTo(8));
    const other = x.book.open();
    await x.value();
    expect(other.take()).toBe(x.first());
    x.moveAll('1.3');
    await x.value();
    const late = x.book.open();
    const change = x.next();
    expect(change.changed).toHaveLength(8);
    expect(other.take()).toBe(change);
    expect(late.take()).toMatchObject({ positions: change.changed });
    x.rows.splice(0, 1);
    await x.value();
    expect(new Set([x.next(), other.take(), late.take()]).size).toBe(1);
  });

  test('one who is slow is told what each position has become, without holding up or changing what the others are told', async () => {
    const x = bookOf(rowsTo(300));
    const slow = x.book.open();
    await x.value();
    x.first();
    let known = slow.take() as Valuation;
    const quick: number[] = [];
    for (const bid of ['1.3', '1.4']) {
      x.moveAll(bid);
      x.rows.splice(0, 1);
      await x.value();
      do quick.push(x.next().changed.length);
      while (x.reader.pending);
    }
    expect(quick).toEqual([250, 49, 250, 48]);
    while (slow.pending) known = foldValuation(known, slow.take());
    expect(idsOf(known.positions)).toEqual(idsOf(x.rows as unknown as Position[]));
    expect(new Set(known.positions.map(({ bid }) => bid))).toEqual(new Set(['1.4']));
    slow.close();
    x.moveAll('1.5');
    await x.value();
    expect(slow.pending).toBe(false);
  });
});

test('valuing two thousand positions lets the rest of the process have its turn between slices', async () => {
  const x = bookOf(rowsTo(2_000));
  let turns = 0;
  let working = true;
  const others = () => {
    turns++;
    if (working) setImmediate(others);
  };
  setImmediate(others);
  await x.value();
  expect(turns).toBeGreaterThanOrEqual(9);
  turns = 0;
  await valuationText(x.first());
  working = false;
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('a message on the wire is, byte for byte, what superjson writes', async () => {
  const x = bookOf([...rowsTo(5), row(7, { dealReference: 'FT-"\\\u2028', stopLevel: '1.0' })]);
  await x.value();
  const first = x.first();
  expect(await valuationText(first)).toBe(JSON.stringify(superjson.serialize(first)));
  x.moveAll('1.5');
  x.rows.splice(2, 1);
  await x.value();
  const change = x.next();
  expect(change.changed).toHaveLength(5);
  expect(await valuationText(change)).toBe(JSON.stringify(superjson.serialize(change)));
  await x.value();
  const nothing = x.next();
  expect(await valuationText(nothing)).toBe(JSON.stringify(superjson.serialize(nothing)));
  const none = { summary: nothing.summary, positions: [] };
  expect(await valuationText(none)).toBe(JSON.stringify(superjson.serialize(none)));
});
